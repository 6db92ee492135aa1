import { describe, expect, test } from "vitest";
import type { StackState } from "../pulumi/stack-state.ts";
import type { EngineObjects } from "./engine-objects.ts";
import { planRepair } from "./plan-repair.ts";

const containerType = "docker:index/container:Container";
const networkType = "docker:index/network:Network";

function resource(type: string, name: string, id: string, change: object = {}) {
  return {
    urn: `urn:pulumi:dev::astratrade::astratrade:components:Platform$${type}::${name}`,
    type,
    id,
    inputs: {},
    outputs: {},
    delete: false,
    initErrors: [],
    ignoreChanges: [],
    ...change,
  };
}

const redis = resource(containerType, "redis", "c1");
const edge = resource(networkType, "edge", "n1");

function state(change: Partial<StackState> = {}): StackState {
  return { resources: [redis, edge], pendingOperations: [], ...change };
}

function engine(change: Partial<EngineObjects> = {}): EngineObjects {
  return {
    containers: [{ id: "c1", name: "redis", state: "running" }],
    networks: [{ id: "n1", name: "edge", endpoints: [{ container: "c1", name: "redis" }] }],
    selfChecks: [],
    everyContainer: new Set(["c1", "of-somebody-else"]),
    ...change,
  };
}

const nothing = {
  dropPending: false,
  removeContainers: [],
  removeNetworks: [],
  freeEndpoints: [],
  refresh: false,
  sentences: [],
};

test("where state and engine agree there is nothing to do", () => {
  expect(planRepair(state(), engine())).toEqual(nothing);
});

test("a stopped container of the state is drift, and none of this business", () => {
  const containers = [{ id: "c1", name: "redis", state: "exited" }];
  expect(planRepair(state(), engine({ containers }))).toEqual(nothing);
});

describe("a pending operation", () => {
  const orphan = { id: "c2", name: "nft-service", state: "created" };

  test("creating: the object that came of it is unknown to the state and goes", () => {
    const nft = resource(containerType, "nft", "");
    const plan = planRepair(
      state({ pendingOperations: [{ type: "creating", resource: nft }] }),
      engine({
        containers: [{ id: "c1", name: "redis", state: "running" }, orphan],
        everyContainer: new Set(["c1", "c2"]),
      }),
    );
    expect(plan).toEqual({
      ...nothing,
      dropPending: true,
      removeContainers: [orphan],
      sentences: [
        "dropped 1 operation that had not ended: creating nft",
        "removed container nft-service, which the state does not know",
      ],
    });
  });

  test.each(["updating", "deleting"])("%s: the engine is asked what came of it", (type) => {
    const plan = planRepair(state({ pendingOperations: [{ type, resource: redis }] }), engine());
    expect(plan).toEqual({
      ...nothing,
      dropPending: true,
      refresh: true,
      sentences: [`dropped 1 operation that had not ended: ${type} redis`],
    });
  });
});

test("what the state has and the engine has not is looked at again", () => {
  const plan = planRepair(
    state(),
    engine({ containers: [], networks: [], everyContainer: new Set() }),
  );
  expect(plan).toEqual({
    ...nothing,
    refresh: true,
    sentences: ["redis, edge are gone: made again"],
  });
});

test("half-removed containers go, known or not, and the state is looked at", () => {
  const containers = [
    { id: "c1", name: "redis", state: "removing" },
    { id: "c3", name: "old", state: "dead" },
  ];
  const plan = planRepair(state(), engine({ containers, everyContainer: new Set(["c1", "c3"]) }));
  expect(plan.removeContainers).toEqual(containers);
  expect(plan.refresh).toBe(true);
  expect(plan.sentences).toEqual(["removed containers redis, old, whose removal had not ended"]);
});

test("a known container that the engine cannot start any more goes, to be made again", () => {
  const redisContainer = { id: "c1", name: "redis", state: "created" };
  const containers = [redisContainer];
  const plan = planRepair(state(), engine({ containers }), new Set(["c1"]));
  expect(plan).toEqual({
    ...nothing,
    removeContainers: [redisContainer],
    refresh: true,
    sentences: ["removed container redis, which the engine could not start any more"],
  });
});

test("one that the state does not know goes once, whether it can be started or not", () => {
  const orphan = { id: "c2", name: "nft-service", state: "created" };
  const containers = [...engine().containers, orphan];
  const plan = planRepair(state(), engine({ containers }), new Set(["c2"]));
  expect(plan).toEqual({
    ...nothing,
    removeContainers: [orphan],
    sentences: ["removed container nft-service, which the state does not know"],
  });
});

test("the container of a self-check that was left behind goes", () => {
  const selfChecks = [{ id: "c3", name: "self-check", state: "exited" }];
  expect(planRepair(state(), engine({ selfChecks }))).toEqual({
    ...nothing,
    removeContainers: selfChecks,
    sentences: ["removed self-check container self-check, which was left behind"],
  });
});

test("volumes, images and passwords are not looked for on the engine", () => {
  const others = ["volume:Volume", "image:Image"].map((type) =>
    resource(`docker:index/${type}`, "redis-data", "v1"),
  );
  const password = resource("random:index/randomPassword:RandomPassword", "redis", "none");
  const resources = [redis, edge, ...others, password];
  expect(planRepair(state({ resources }), engine())).toEqual(nothing);
});

test("a network that the state does not know goes", () => {
  const left = { id: "n2", name: "trading", endpoints: [] };
  const networks = [...engine().networks, left];
  const plan = planRepair(state(), engine({ networks }));
  expect(plan).toEqual({
    ...nothing,
    removeNetworks: [left],
    sentences: ["removed network trading, which the state does not know"],
  });
});

test("a place in a known network is freed when its container is no more, and only then", () => {
  const network = {
    id: "n1",
    name: "edge",
    endpoints: [
      { container: "c1", name: "redis" },
      { container: "of-somebody-else", name: "visitor" },
      { container: "ep-4f", name: "nft-service" },
    ],
  };
  const plan = planRepair(state(), engine({ networks: [network] }));
  expect(plan.freeEndpoints).toEqual([{ network, name: "nft-service" }]);
  expect(plan.sentences).toEqual(["freed nft-service's place in network edge: it is no more"]);
});

test("a resource that waits for its deletion is known", () => {
  const waiting = resource(containerType, "nft", "c2", { delete: true });
  const containers = [...engine().containers, { id: "c2", name: "nft", state: "running" }];
  const plan = planRepair(
    state({ resources: [redis, edge, waiting] }),
    engine({ containers, everyContainer: new Set(["c1", "c2"]) }),
  );
  expect(plan).toEqual(nothing);
});
