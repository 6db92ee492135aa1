import type Docker from "dockerode";
import { expect, test } from "vitest";
import type { DriftItem, Mend } from "./drift-item.ts";
import { mendingArguments, prepareMending, refuseStrangers } from "./mend.ts";

function item(urn: string, mend: Mend, more: Partial<DriftItem> = {}): DriftItem {
  const values = { property: "memory", expected: "a", actual: "b" };
  return { kind: "container", name: urn, urn, ...values, mend, ...more };
}

test.each<[string, DriftItem[], string[]]>([
  ["nothing", [], []],
  [
    "what a refresh sees",
    [item("a", "update"), item("b", "start"), item("c", "create")],
    ["--refresh"],
  ],
  [
    "what it cannot see, each container once",
    [item("b", "replace"), item("a", "replace"), item("a", "replace", { property: "env.A" })],
    ["--replace", "a", "--replace", "b"],
  ],
  ["both", [item("a", "update"), item("b", "replace")], ["--refresh", "--replace", "b"]],
  [
    "a container made by hand, which the refresh forgets",
    [item("a", "replace", { property: "container" }), item("a", "replace", { property: "env.A" })],
    ["--refresh"],
  ],
  ["a network that is another now", [item("n", "replace", { kind: "network" })], ["--refresh"]],
  [
    "what the engine does, and what nobody does",
    [item("a", "resume"), item("n", "disconnect", { kind: "network" }), item("v", "none")],
    [],
  ],
])("arguments for %s", (_title, drift, expected) => {
  expect(mendingArguments(drift)).toEqual(expected);
});

/** Notes what it is asked for; everything is refused with a status, if one is given. */
function fakeEngine(refusal?: number): { client: Docker; calls: string[] } {
  const calls: string[] = [];
  const answer = (call: string): Promise<void> => {
    calls.push(call);
    return refusal === undefined
      ? Promise.resolve()
      : Promise.reject(Object.assign(new Error("refused"), { statusCode: refusal }));
  };
  const client = {
    getContainer: (id: string) => ({ unpause: () => answer(`unpause ${id}`) }),
    getNetwork: (id: string) => ({
      disconnect: ({ Container }: { Container: string }) => answer(`${id} without ${Container}`),
    }),
  } as unknown as Docker;
  return { client, calls };
}

const paused = item("a", "resume", { preparation: { kind: "resume", container: "1" } });
const stranger = item("n", "disconnect", {
  preparation: { kind: "disconnect", network: "9", container: "2" },
});

test("paused containers go on, and strangers leave", async () => {
  const { client, calls } = fakeEngine();
  await prepareMending(client, [paused, stranger, item("b", "replace")]);
  expect(calls).toEqual(["unpause 1", "9 without 2"]);
});

test("what is not ours is in the way, and everything of it is named", () => {
  const byHand = (name: string) =>
    item(name, "replace", { byHand: `Remove it: docker rm -f ${name}` });
  expect(() => refuseStrangers([paused, byHand("b"), byHand("c")])).toThrow(
    "Remove it: docker rm -f b\nRemove it: docker rm -f c",
  );
  expect(() => refuseStrangers([paused, stranger])).not.toThrow();
});

test("what somebody else has mended meanwhile is no failure, and anything else is", async () => {
  for (const status of [404, 409])
    await prepareMending(fakeEngine(status).client, [paused, stranger]);
  await expect(prepareMending(fakeEngine(500).client, [paused])).rejects.toThrow("refused");
});
