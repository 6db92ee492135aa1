import { expect, test } from "vitest";
import type { Facts } from "../facts.ts";
import { checkGroup } from "../testing/check-group.ts";
import {
  answeringEngine,
  engineInfo,
  healthyFacts,
  network,
  withEngine,
  withHost,
} from "../testing/facts.ts";
import { networks } from "./networks.ts";

const facts = healthyFacts();
const pooled = healthyFacts({ networkPool: "10.50.0.0/20" });

/** So many networks of others, one after the other in the built-in pools; the default bridge has the first. */
function crowded(count: number): Facts {
  const others = Array.from({ length: count }, (_, index) =>
    network(
      `other-${index}`,
      index < 14 ? `172.${18 + index}.0.0/16` : `192.168.${(index - 14) * 16}.0/20`,
    ),
  );
  return withEngine(facts, { networks: [...answeringEngine.networks, ...others] });
}

checkGroup(networks, [
  { kind: "free", facts, message: "30 networks free in the engine's pools, 8 wanted" },
  { kind: "free", facts: pooled, message: "networkPool 10.50.0.0/20 is free" },
  {
    kind: "pool",
    facts: withEngine(pooled, {
      networks: [network("shop_default", "10.50.1.0/24", { composeProject: "shop" })],
    }),
    subject: "shop_default",
    message:
      "networkPool 10.50.0.0/20 overlaps 10.50.1.0/24, the Docker network shop_default of the Compose project shop.",
    remedy:
      "Set astratrade:networkPool in Pulumi.dev.yaml to a range that nobody uses, such as 10.89.0.0/20.",
  },
  {
    kind: "route",
    facts: withHost(pooled, { routes: [{ subnet: "10.0.0.0/8", interface: "tun0" }] }),
    subject: "10.0.0.0/8",
    message: "networkPool 10.50.0.0/20 overlaps 10.0.0.0/8, a route of this machine through tun0.",
    remedy:
      "Set astratrade:networkPool in Pulumi.dev.yaml to a range that nobody uses, such as 172.28.0.0/20.",
  },
  {
    kind: "used-up",
    facts: crowded(23),
    message: "The engine's address pools have room for 7 more networks; the stack needs 8.",
    remedy:
      "Set astratrade:networkPool in Pulumi.dev.yaml, such as 10.89.0.0/20, or remove networks that nobody uses: docker network prune",
  },
  {
    kind: "low",
    facts: crowded(18),
    message:
      "The engine's address pools have room for 12 more networks; the stack takes 8 of them.",
    remedy:
      "Set astratrade:networkPool in Pulumi.dev.yaml, such as 10.89.0.0/20, or remove networks that nobody uses: docker network prune",
  },
]);

const idsOf = (look: Facts) => networks.examine(look).map(({ id }) => id);

test("only networks that are to be made count, and the route to a Docker network is no other", () => {
  const own = pooled.topology.networks.map(({ name, subnet }) =>
    network(name, subnet ?? "", { stack: "dev" }),
  );
  const routes = [{ subnet: "10.0.0.0/8", interface: "tun0" }];
  expect(idsOf(withHost(withEngine(pooled, { networks: own }), { routes }))).toEqual([
    "networks.free",
  ]);
  const shop = network("shop", "10.50.0.0/26");
  const route = { subnet: "10.50.0.0/26", interface: "br-1" };
  expect(idsOf(withHost(withEngine(pooled, { networks: [shop] }), { routes: [route] }))).toEqual([
    "networks.pool",
  ]);
});

test("a network that only has the name of one of ours is not there already", () => {
  const strange = pooled.topology.networks.map(({ name, subnet }) => network(name, subnet ?? ""));
  expect(idsOf(withEngine(pooled, { networks: strange }))).toEqual(
    strange.map(() => "networks.pool"),
  );
});

test("a record has a pool that the settings do not name any more", () => {
  const recorded = { ...facts, topology: pooled.topology, recorded: true };
  expect(networks.examine(recorded).map(({ message }) => message)).toEqual([
    "networkPool of the record (10.50.0.0/26 and 7 more) is free",
  ]);
});

test("a range behind the networks that are cut from the pool does not matter", () => {
  const behind = network("shop", "10.50.15.0/24");
  expect(idsOf(withEngine(pooled, { networks: [behind] }))).toEqual(["networks.free"]);
});

test("the engine's own pools are taken from its settings", () => {
  const addressPools = [{ base: "10.200.0.0/16", size: 24 }];
  const look = withEngine(facts, { info: { ...engineInfo, addressPools } });
  expect(networks.examine(look)[0]?.message).toBe(
    "256 networks free in the engine's pools, 8 wanted",
  );
});
