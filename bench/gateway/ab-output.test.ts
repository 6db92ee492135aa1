import { expect, test } from "vitest";
import { readPercentile, readProblems } from "./ab-output.ts";

test("a percentile is read by its whole number", () => {
  const csv = "Percentage served,Time in ms\n5,1.2\n50,20.5\n95,61.125\n";
  expect(readPercentile(csv, 95)).toBe(61.125);
  expect(readPercentile(csv, 5)).toBe(1.2);
  expect(() => readPercentile(csv, 99)).toThrow("ab wrote no value for 99 %.");
});

test("an answer of another length is no problem; one that did not come or is not 2xx is", () => {
  const fine =
    "Complete requests:      1000\nFailed requests:        3\n   (Connect: 0, Receive: 0, Length: 3, Exceptions: 0)\n";
  expect(readProblems(fine)).toEqual([]);
  expect(readProblems(`${fine}Non-2xx responses:      12\n`)).toEqual([
    "12 answers other than 2xx",
  ]);
  expect(
    readProblems(
      "Complete requests:      998\n   (Connect: 0, Receive: 2, Length: 0, Exceptions: 0)",
    ),
  ).toEqual(["2 requests not completed", "2 answers not received"]);
});
