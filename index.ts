import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { readMachineFacts } from "./components/machine-facts-file.ts";
import { Platform } from "./components/platform.ts";
import { prepareRuntimeContext } from "./components/runtime-context.ts";
import { stackSettings } from "./components/stack-settings.ts";
import packageJson from "./package.json" with { type: "json" };
import { buildTopology } from "./topology/build-topology.ts";
import { ConfigError, parseStackConfig } from "./topology/stack-config.ts";
import type { Topology } from "./topology/topology.ts";

// The SDK has every stack mapped through source maps, and makes a stack for every property of every resource, which takes
// longer than the whole topology. Node's own stacks have the right lines: it strips types without moving anything.
Reflect.deleteProperty(Error, "prepareStackTrace");

const stack = pulumi.getStack();
const settings = stackSettings(pulumi.runtime.allConfig(), pulumi.getProject());
const facts = readMachineFacts();

const engine = new docker.Provider("engine", { host: facts.engine.host });
const platform = new Platform(
  "platform",
  { topology: settle(), runtimeContext: prepareRuntimeContext() },
  { providers: { docker: engine } },
);

/** What is deployed and where it answers; `npm run validate` and `npm run status` read it. */
export const deployment = platform.deployment;

/** What it was made from; release records keep it. */
export const blueprint = platform.blueprint;

function settle(): Topology {
  try {
    const config = parseStackConfig(settings, stack);
    return buildTopology({ stack, release: packageJson.version, config, facts });
  } catch (error) {
    // Wrong settings are the user's to mend: a list of problems, and no stack trace.
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
