import { expect, test } from "vitest";
import { selfTimes } from "./self-times.ts";

const frame = (functionName: string, url = "", lineNumber = -1) => ({
  functionName,
  url,
  lineNumber,
});

test("time is counted to the function that was running, and waiting is left out", () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("(idle)") },
      { id: 2, callFrame: frame("route", "file:///x/image/app/main-1.mjs", 4) },
      { id: 3, callFrame: frame("", "node:net", 9) },
    ],
    samples: [1, 2, 3, 2],
    timeDeltas: [1000, 30, 20, 50],
  };
  expect(selfTimes(JSON.stringify(profile))).toEqual([
    { what: "route main-1.mjs:5", share: 0.8 },
    { what: "(anonymous) node:net:10", share: 0.2 },
  ]);
});
