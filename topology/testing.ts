import { buildTopology } from "./build-topology.ts";
import { defaultMachineFacts, type MachineFacts } from "./machine-facts.ts";
import { parseStackConfig } from "./stack-config.ts";
import type { Topology } from "./topology.ts";

/** A topology for tests: the settings of a stack, on a machine that has everything official unless `facts` says not. */
export function topologyOf(
  settings: Record<string, unknown>,
  { stack = "dev", facts = {} }: { stack?: string; facts?: Partial<MachineFacts> } = {},
): Topology {
  return buildTopology({
    stack,
    release: "1.2.3",
    config: parseStackConfig(settings, stack),
    facts: { ...defaultMachineFacts(), ...facts },
  });
}
