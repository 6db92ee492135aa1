import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseBlueprint } from "./blueprint.ts";
import { containersOf, gatewaysOf } from "./build-topology.ts";

/**
 * Records as they were written, never changed: a rollback to any of them must work. `first` is from before there were
 * replicas, `replicas` has two gateways and an entry, `admin` gateways with an admin port. A new form of the schema adds a file here.
 */
function recorded(name: string): unknown {
  const path = join(import.meta.dirname, "recorded", `blueprint-1.${name}.json`);
  return JSON.parse(readFileSync(path, "utf8"));
}

test("a record from before there were replicas is one of everything", () => {
  const { topology, files } = parseBlueprint(recorded("first"));
  expect(topology.entry).toBeNull();
  expect(gatewaysOf(topology).map(({ name }) => name)).toEqual(["api-gateway"]);
  for (const plan of containersOf(topology)) {
    expect(plan).toMatchObject({ replica: 1, aliases: [], networkAliases: {}, stopSignal: null });
  }
  expect(Object.keys(files)).toEqual(["redis", "prometheus", "grafana"]);
});

test("a record of a stack with replicas is read whole", () => {
  const record = recorded("replicas");
  expect(parseBlueprint(record)).toMatchObject(record as object);
  for (const { networkAliases, env } of gatewaysOf(parseBlueprint(record).topology)) {
    // From before there was an admin port: it is rolled back to without one.
    expect([networkAliases, env.ADMIN_HOST]).toEqual([{}, undefined]);
  }
});

test("a record of a stack whose gateways have an admin port is read whole", () => {
  const record = recorded("admin");
  expect(parseBlueprint(record)).toEqual(record);
});

test("a record with a field that nobody knows is refused: a later version gave it a meaning", () => {
  const record = recorded("first") as { topology: object };
  const later = { ...record, topology: { ...record.topology, quota: 3 } };
  expect(() => parseBlueprint(later)).toThrow(/Unrecognized key: "quota"/);
});
