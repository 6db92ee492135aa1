import { expect, test } from "vitest";
import { compareHalfMade, leftBehind } from "./half-made.ts";
import { KnownValues } from "./known-values.ts";
import { loadRecording } from "./recording.ts";

const TERMS = () => ({
  known: new KnownValues(),
  chosen: new Set<string>(),
  type: "t",
  mayHaveEnded: false,
});

test("finds in later calls what a failed creation has left behind", async () => {
  const recording = await loadRecording("container-errors");
  const failures = recording.flatMap(({ step, calls }) =>
    calls
      .filter(({ method, errors }) => method === "Create" && errors)
      .map((call) => ({ step, call })),
  );
  const seen = new Set(
    recording.flatMap(({ calls }) =>
      calls.flatMap(({ response }) =>
        typeof response?.["id"] === "string" ? [response["id"]] : [],
      ),
    ),
  );
  const left = failures
    .filter(({ call }) => leftBehind(recording, call, seen) !== undefined)
    .map(({ step }) => step);
  expect(left).toEqual(["bad-command", "port-taken", "no-such-network"]);
});

test("tells a half-made object from none", () => {
  const left = { id: "x", outputs: { name: "c" } };
  const actual = { id: "x", properties: { name: "c" }, inputs: {}, reasons: [] };
  expect(compareHalfMade(left, actual, {}, TERMS())).toEqual([]);
  expect(compareHalfMade(undefined, undefined, {}, TERMS())).toEqual([]);
  expect(compareHalfMade(left, undefined, {}, TERMS())).toEqual([
    "left nothing in the state, but the recorded call left an object there",
  ]);
  expect(compareHalfMade(undefined, actual, {}, TERMS())).toEqual([
    "left object x in the state, which the recorded call did not",
  ]);
  expect(
    compareHalfMade(left, { ...actual, properties: { name: "d" } }, { name: "c" }, TERMS()),
  ).toEqual(['name: recorded "c", now "d"', 'name: recorded "c", now nothing']);
});
