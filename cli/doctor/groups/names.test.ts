import { expect, test } from "vitest";
import { checkGroup } from "../testing/check-group.ts";
import {
  container,
  healthyFacts,
  network,
  withEngine,
  withFiles,
  withState,
} from "../testing/facts.ts";
import { names } from "./names.ts";

const facts = healthyFacts();
const unknown = { isKnown: false, ids: [], runtimeImage: null, pendingOperations: 0 };
const own = [
  container("redis", { stack: "dev" }),
  container("api-gateway", { stack: "dev", running: false }),
];

checkGroup(names, [
  { kind: "free", facts, message: "20 names free or this stack's own" },
  {
    kind: "container",
    facts: withEngine(facts, { containers: [container("redis", { running: false })] }),
    subject: "redis",
    message: "The name redis is taken by a container that is not this stack's.",
    remedy:
      "Set astratrade:containerPrefix in Pulumi.dev.yaml, or rename the other: docker rename redis redis-old",
  },
  {
    kind: "container",
    facts: withEngine(facts, { containers: [container("redis", { stack: "staging" })] }),
    subject: "redis",
    message: 'The name redis is taken by a container of stack "staging".',
    remedy:
      "Set astratrade:containerPrefix in Pulumi.dev.yaml, or rename the other: docker rename redis redis-old",
  },
  {
    kind: "network",
    facts: withEngine(facts, {
      networks: [
        network("astratrade-dev-edge", "172.18.0.0/16", { stack: "dev" }),
        network("astratrade-dev-edge", "172.19.0.0/16", { id: "feedfacecafe0123" }),
      ],
    }),
    subject: "astratrade-dev-edge",
    message: "The name astratrade-dev-edge is taken by a network that is not this stack's.",
    remedy:
      "Remove it if nobody needs it: docker network rm feedfacecafe. Else give the stack another name.",
  },
  {
    kind: "volume",
    facts: withEngine(facts, {
      volumes: [{ name: "astratrade-dev-redis-data", stack: null, composeProject: "shop" }],
    }),
    subject: "astratrade-dev-redis-data",
    message:
      "The volume astratrade-dev-redis-data was not made by this stack, but is one of the Compose project shop; " +
      "the stack will open it and take what is in it for its own.",
    remedy:
      "If that is not meant, and its content can go: docker volume rm astratrade-dev-redis-data",
  },
  {
    kind: "other-home",
    facts: withEngine(withState(facts, { stack: unknown }), { containers: own }),
    subject: "dev",
    message:
      'Stack "dev" runs on this engine (api-gateway and redis), but the state in /home/kim/.astratrade/state does not know it.',
    remedy:
      "If another home holds the state, set ASTRATRADE_HOME to it. If the state is lost, `npm run up -- --adopt` takes the " +
      "containers over; or remove them, data is in volumes and stays: " +
      "docker ps -aq --filter label=io.astratrade.stack=dev | xargs docker rm -f",
  },
]);

test("a state that is kept elsewhere is named by its address", () => {
  const files = { backend: { url: "s3://trading-state" } };
  const look = withEngine(withFiles(withState(facts, { stack: unknown }), files), {
    containers: own,
  });
  expect(names.examine(look).map(({ message }) => message)).toEqual([
    'Stack "dev" runs on this engine (api-gateway and redis), but the state in s3://trading-state does not know it.',
  ]);
});

test("the stack's own volumes, and a state that was not looked at, are no problem", () => {
  const volumes = facts.topology.volumes.map(({ name }) => ({
    name,
    stack: "dev",
    composeProject: null,
  }));
  const look = withEngine(withState(facts, { stack: null }), { containers: own, volumes });
  expect(names.examine(look).map(({ id }) => id)).toEqual(["names.free"]);
});

test.each([
  ["a network that only the state knows for ours", { ids: ["old-0123456789abcdef"] }, false],
  ["containers that are to be taken over", { isKnown: false }, true],
])("%s is no problem", (_case, stack, adopt) => {
  const look = withEngine(
    { ...withState(facts, { stack: { ...unknown, isKnown: true, ...stack } }), adopt },
    {
      containers: own,
      networks: [
        network("astratrade-dev-edge", "172.18.0.0/16", {
          id: "old-0123456789abcdef",
          stack: adopt ? "dev" : null,
        }),
      ],
    },
  );
  expect(names.examine(look).map(({ id }) => id)).toEqual(["names.free"]);
});
