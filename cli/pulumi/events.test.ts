import { expect, test } from "vitest";
import { describeChanges, describeProgress, idle, readEvent } from "./events.ts";

const urn = (name: string) =>
  `urn:pulumi:dev::astratrade::astratrade:components:Platform$docker:index/container:Container::${name}`;
const pre = (op: string, name: string) =>
  JSON.stringify({ resourcePreEvent: { metadata: { op, urn: urn(name) } } });
const component = (type: string, name: string) =>
  JSON.stringify({
    resourcePreEvent: {
      metadata: {
        op: "create",
        urn: `urn:pulumi:dev::astratrade::astratrade:components:${type}::${name}`,
      },
    },
  });
const done = (op: string, name: string) =>
  JSON.stringify({ resOutputsEvent: { metadata: { op, urn: urn(name) } } });
const error = (message: string, name = "redis") =>
  JSON.stringify({ diagnosticEvent: { urn: urn(name), message, severity: "error" } });

const after = (...lines: string[]) => lines.reduce(readEvent, idle);

test("says what is going on, and leaves out what stays the same", () => {
  const state = after(
    pre("create", "redis"),
    pre("create", "user"),
    component("Platform", "platform"),
    component("Platform$astratrade:components:Redis", "redis-parts"),
    pre("same", "edge"),
    done("same", "edge"),
    pre("delete-replaced", "nft"),
    done("create", "redis"),
  );
  expect(describeProgress(state)).toBe("creating user · deleting nft · 1 done");
});

test("says what came of it", () => {
  const summary = (resourceChanges: Record<string, number>) =>
    after(JSON.stringify({ summaryEvent: { resourceChanges } }));
  expect(describeChanges(summary({ same: 40 }))).toBe("no change, 40 unchanged");
  expect(describeChanges(summary({ create: 2, replace: 1, same: 3 }))).toBe(
    "2 created, 1 replaced, 3 unchanged",
  );
});

test("keeps each error once, without colour marks, under its resource's name", () => {
  const state = after(
    error("<{%fg 1%}>not healthy<{%reset%}>\n"),
    error("<{%fg 1%}>not healthy<{%reset%}>\n"),
  );
  expect(state.errors).toEqual(["redis: not healthy"]);
});

test("an error of the whole update stands alone", () => {
  const state = after(
    JSON.stringify({
      diagnosticEvent: {
        urn: "urn:pulumi:dev::astratrade::pulumi:pulumi:Stack::astratrade-dev",
        message: "update failed",
        severity: "error",
      },
    }),
  );
  expect(state.errors).toEqual(["update failed"]);
});

test("a line that is no event changes nothing", () => {
  expect(after("warning: hello", "{}", '{"cancelEvent":{}}')).toEqual(idle);
});

test("the stack's outputs come with its own event", () => {
  const state = after(
    JSON.stringify({
      resOutputsEvent: {
        metadata: {
          op: "same",
          urn: "urn:pulumi:dev::astratrade::pulumi:pulumi:Stack::astratrade-dev",
          new: { outputs: { deployment: { stack: "dev" } } },
        },
      },
    }),
  );
  expect(state.outputs).toEqual({ deployment: { stack: "dev" } });
});
