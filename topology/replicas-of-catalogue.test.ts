import { expect, test, vi } from "vitest";
import type * as Parts from "../catalog/parts.ts";
import type * as Services from "../catalog/services.ts";
import { containersOf } from "./build-topology.ts";
import { topologyOf } from "./testing.ts";

vi.mock("../catalog/parts.ts", async (load) => {
  const original = await load<typeof Parts>();
  const { parts } = original;
  return { ...original, parts: { ...parts, gateway: { ...parts.gateway, replicas: 2 } } };
});
vi.mock("../catalog/services.ts", async (load) => {
  const original = await load<typeof Services>();
  const { services } = original;
  return { ...original, services: { ...services, nft: { ...services.nft, replicas: 3 } } };
});

function namesOf(settings: Record<string, unknown>): string[] {
  return containersOf(topologyOf(settings))
    .filter(({ service }) => ["nft", "gateway", "entry"].includes(service))
    .map(({ name }) => name);
}

test("the catalogue says how many there are, until the stack says it", () => {
  expect(namesOf({})).toEqual([
    ...["nft-service-1", "nft-service-2", "nft-service-3"],
    ...["api-gateway-1", "api-gateway-2", "entry"],
  ]);
  expect(namesOf({ replicas: { nft: 1, gateway: 1 } })).toEqual(["nft-service", "api-gateway"]);
});
