import type Docker from "dockerode";
import { expect, test } from "vitest";
import { removeContainer, removeNetwork } from "./remove-objects.ts";
import { stuckPorts, tryStarts } from "./try-starts.ts";

function refusal(statusCode: number, message = ""): Error {
  return Object.assign(new Error(message), { statusCode });
}

const named = (id: string, state = "created") => ({ id, name: `name-of-${id}`, state });

/** An engine that knows a container until it was removed so many times, and notes what it is asked. */
function engineWith(removals: readonly (Error | null)[]) {
  const calls: string[] = [];
  let left = removals.length;
  const container = {
    stop: () => {
      calls.push("stop");
      return Promise.reject(refusal(304));
    },
    remove: (options: object) => {
      calls.push(`remove ${JSON.stringify(options)}`);
      const answer = removals[removals.length - left] ?? null;
      left -= 1;
      return answer === null ? Promise.resolve() : Promise.reject(answer);
    },
    inspect: () => (left > 0 ? Promise.resolve({}) : Promise.reject(refusal(404))),
  };
  return { calls, client: { getContainer: () => container } as unknown as Docker };
}

test("a container is stopped within its own grace, then removed", async () => {
  const { client, calls } = engineWith([null]);
  await removeContainer(client, named("c1"));
  expect(calls).toEqual(["stop", 'remove {"force":true,"v":true}']);
});

test("a removal that is under way already is waited for", async () => {
  const { client, calls } = engineWith([refusal(409), refusal(500), null]);
  await removeContainer(client, named("c1"));
  expect(calls).toHaveLength(4);
});

test("another refusal is not passed over", async () => {
  const { client } = engineWith([refusal(403, "no")]);
  await expect(removeContainer(client, named("c1"))).rejects.toThrow("no");
});

test("a network is emptied by force before it is removed", async () => {
  const calls: string[] = [];
  const network = {
    disconnect: (options: object) => {
      calls.push(`disconnect ${JSON.stringify(options)}`);
      return Promise.reject(refusal(404));
    },
    remove: () => Promise.resolve(calls.push("remove")),
  };
  const client = { getNetwork: () => network } as unknown as Docker;
  const endpoints = [{ container: "ep-1", name: "nft" }];
  await removeNetwork(client, { id: "n1", name: "edge", endpoints });
  expect(calls).toEqual(['disconnect {"Container":"nft","Force":true}', "remove"]);
});

test("only what was never started is tried; a held port is told from another reason", async () => {
  const starts: string[] = [];
  const answers: Readonly<Record<string, Error | undefined>> = {
    held: refusal(500, "driver failed: Bind for 127.0.0.1:8001 failed: port is already allocated"),
    taken: refusal(500, "driver failed: Bind for 127.0.0.1:8002 failed: port is already allocated"),
    there: refusal(409, "task 3ade: already exists"),
  };
  const client = {
    getContainer: (id: string) => ({
      start: () => {
        starts.push(id);
        const answer = answers[id];
        return answer === undefined ? Promise.resolve() : Promise.reject(answer);
      },
    }),
    listContainers: () => Promise.resolve([{ Ports: [{ PublicPort: 8002 }] }]),
  } as unknown as Docker;
  const containers = [
    ...["held", "taken", "there", "good"].map((id) => named(id)),
    named("stopped", "exited"),
    named("busy", "running"),
  ];
  const refusals = await tryStarts(client, { containers });
  expect(starts).toEqual(["held", "taken", "there", "good"]);
  expect(refusals).toEqual([
    { container: named("held"), port: 8001 },
    { container: named("taken"), port: 8002 },
    { container: named("there"), port: null },
  ]);
  // A port that a running container publishes is held for good reason.
  expect(await stuckPorts(client, refusals)).toEqual([8001]);
});
