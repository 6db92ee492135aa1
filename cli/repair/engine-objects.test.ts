import type Docker from "dockerode";
import { expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import { selfCheckLabel } from "../../validation/probes/self-check.ts";
import { engineObjects } from "./engine-objects.ts";

const project = { [labels.project]: "astratrade" };
const ofDev = { ...project, [labels.stack]: "dev" };
const now = Date.now() / 1000;

function container(id: string, Labels: object, Created = now) {
  return { Id: id, Names: [`/name-of-${id}`], State: "exited", Labels, Created };
}

test("what has the labels of project and stack, old self-checks, and the ids of all containers", async () => {
  const list = [
    container("ours", ofDev),
    container("of-staging", { ...project, [labels.stack]: "staging" }),
    container("of-another-project", { [labels.stack]: "dev", [selfCheckLabel]: "dev" }, 1),
    container("old-check", { ...project, [selfCheckLabel]: "dev" }, now - 121),
    container("check", { ...project, [selfCheckLabel]: "dev" }, now - 60),
    container("check-of-staging", { ...project, [selfCheckLabel]: "staging" }, 1),
  ];
  const asked: unknown[] = [];
  const client = {
    listContainers: (options: unknown) => {
      asked.push(options);
      return Promise.resolve(list);
    },
    listNetworks: (options: unknown) => {
      asked.push(options);
      return Promise.resolve([{ Id: "n1" }, { Id: "gone" }]);
    },
    getNetwork: (id: string) => ({
      inspect: () =>
        id === "gone"
          ? Promise.reject(Object.assign(new Error("no such network"), { statusCode: 404 }))
          : Promise.resolve({ Name: "edge", Containers: { ours: { Name: "redis" } } }),
    }),
  } as unknown as Docker;
  const objectOf = (id: string) => ({ id, name: `name-of-${id}`, state: "exited" });
  expect(await engineObjects(client, "dev")).toEqual({
    containers: [objectOf("ours")],
    selfChecks: [objectOf("old-check")],
    networks: [{ id: "n1", name: "edge", endpoints: [{ container: "ours", name: "redis" }] }],
    everyContainer: new Set(list.map(({ Id }) => Id)),
  });
  expect(asked).toEqual([
    { all: true },
    { filters: { label: Object.entries(ofDev).map((pair) => pair.join("=")) } },
  ]);
});

test("another answer than that a network is gone is not passed over", async () => {
  const client = {
    listContainers: () => Promise.resolve([]),
    listNetworks: () => Promise.resolve([{ Id: "n1" }]),
    getNetwork: () => ({ inspect: () => Promise.reject(new Error("engine is away")) }),
  } as unknown as Docker;
  await expect(engineObjects(client, "dev")).rejects.toThrow("engine is away");
});
