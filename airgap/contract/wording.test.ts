import { expect, test } from "vitest";
import { RECORDINGS, loadRecording } from "./recording.ts";
import { compareErrors, compareFailures } from "./wording.ts";

test("another wording must name the object and the cause", () => {
  const recorded =
    "Unable to start container: driver failed: Bind for 0.0.0.0:18080 failed: port is already allocated";
  expect(compareErrors(recorded, "port 18080 of the host is already allocated")).toEqual([]);
  expect(compareErrors(recorded, "the port is taken")).toEqual([
    "the error does not name 18080: the port is taken",
    "the error does not name already allocated: the port is taken",
  ]);
});

test("an error that nobody has thought about is a difference", () => {
  expect(compareErrors("the sky fell", "the sky fell")).toEqual([
    "wording.ts has no entry for the recorded error: the sky fell",
  ]);
});

test("every recorded error has an entry, and satisfies it", async () => {
  for (const name of RECORDINGS) {
    const calls = (await loadRecording(name)).flatMap((step) => step.calls);
    for (const { errors } of calls) {
      if (errors === undefined) continue;
      const text = errors.join("\n");
      expect(compareErrors(text, text)).toEqual([]);
    }
  }
});

test("a failure must name the property and the value", () => {
  const recorded = [
    {
      reason:
        "'-5' cannot be lower than 0. '-5' cannot be lower than 0. Examine values at 'c.memory'.",
    },
  ];
  expect(compareFailures(recorded, [{ property: "memory", reason: "'-5' is too low" }])).toEqual(
    [],
  );
  expect(compareFailures(recorded, [{ property: "", reason: "too low" }])).toEqual([
    "the failure does not name memory: : too low",
    "the failure does not name -5: : too low",
  ]);
  expect(compareFailures(recorded, [])).toEqual(["recorded 1 failures, now 0: []"]);
});
