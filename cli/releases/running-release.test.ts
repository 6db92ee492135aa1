import { expect, test } from "vitest";
import { identifyRunning } from "./running-release.ts";
import { blueprintWith, deployed, imageId, releaseWith } from "./testing/records.ts";

const [first, second] = [imageId(1), imageId(2)].map((image) => blueprintWith({ image }));
if (first === undefined || second === undefined) throw new Error("unreachable");
const records = [
  releaseWith(1, { blueprint: first }),
  releaseWith(2, { blueprint: second }),
  releaseWith(3, { blueprint: first, trigger: { kind: "rollback", of: 1 } }),
];

function running(blueprint: unknown, { deployment, containers }: ReturnType<typeof deployed>) {
  return identifyRunning(records, { blueprint, deployment }, containers);
}

test("the newest record of what the stack says it is made from runs", () => {
  expect(running(second, deployed(second))).toMatchObject({ kind: "release", number: 2 });
  expect(running(first, deployed(first))).toMatchObject({ kind: "release", number: 3 });
});

test("a blueprint that no record has is a deploy that did not validate", () => {
  const failed = blueprintWith({ image: imageId(9) });
  expect(running(failed, deployed(failed))).toEqual({
    kind: "unrecorded",
    reason: "what was deployed last (image 999999999999) has not passed a validation",
    blueprint: failed,
  });
});

test("a container of another image or configuration is a deploy that ended half-way, whatever the output says", () => {
  const { deployment, containers } = deployed(second);
  for (const change of [{ imageId: imageId(9) }, { configHash: "another" }]) {
    const mixed = containers.map((it) => (it.name === "api-gateway" ? { ...it, ...change } : it));
    expect(running(second, { deployment, containers: mixed })).toMatchObject({
      kind: "unrecorded",
      reason:
        "container api-gateway is not the one that was deployed, so a deploy has ended half-way",
    });
  }
  expect(running(second, { deployment, containers: containers.slice(0, 1) })).toMatchObject({
    kind: "unrecorded",
    reason: "container api-gateway is not there, so a deploy has ended half-way",
  });
});

test("without containers nothing runs, and containers without an output are of no release", () => {
  const { deployment, containers } = deployed(second);
  expect(running(second, { deployment, containers: [] })).toEqual({ kind: "nothing" });
  expect(identifyRunning(records, null, containers)).toMatchObject({ kind: "unrecorded" });
  expect(identifyRunning(records, null, [])).toEqual({ kind: "nothing" });
});
