import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { buildTopology } from "../../topology/build-topology.ts";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import { ConfigError, parseStackConfig } from "../../topology/stack-config.ts";
import { hasPendingChanges } from "./pending-changes.ts";

const facts = defaultMachineFacts();
const configOf = (settings: Record<string, unknown>) => parseStackConfig(settings, "dev");

function blueprintOf(settings: Record<string, unknown>, release = packageJson.version): unknown {
  const topology = buildTopology({ stack: "dev", release, config: configOf(settings), facts });
  const runtimeImage = `sha256:${"a".repeat(64)}`;
  return JSON.parse(JSON.stringify({ schemaVersion: 1, topology, files: {}, runtimeImage }));
}

const wrong = (): never => {
  throw new ConfigError("The settings are wrong:", []);
};

test.each([
  ["the same settings", blueprintOf({}), () => configOf({}), false],
  ["another setting", blueprintOf({}), () => configOf({ logLevel: "debug" }), true],
  ["another release", blueprintOf({}, "0.0.9"), () => configOf({}), true],
  ["settings that are wrong", blueprintOf({}), wrong, false],
  ["a deploy of another version", { schemaVersion: 9 }, () => configOf({}), false],
  ["nothing deployed", undefined, () => configOf({}), false],
])("with %s", (_title, blueprint, readConfig, expected) => {
  expect(hasPendingChanges({ stack: "dev", readConfig, facts, blueprint })).toBe(expected);
});
