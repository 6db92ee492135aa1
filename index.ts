import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { generateFiles } from "./components/generated-files.ts";
import { readMachineFacts } from "./components/machine-facts-file.ts";
import { readPinFile } from "./components/pin-file.ts";
import { Platform, type PlatformArgs } from "./components/platform.ts";
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
const facts = readMachineFacts();
const { host, certPath } = facts.engine;

const engine = new docker.Provider("engine", { host, ...(certPath && { certPath }) });
const platform = new Platform(
  "platform",
  { ...(pinned() ?? fromSource()), engineHost: host },
  { providers: { docker: engine } },
);

/** What is deployed and where it answers; `npm run validate` and `npm run status` read it. */
export const deployment = platform.deployment;

/** What it was made from; release records keep it. */
export const blueprint = platform.blueprint;

/** What a rollback has pinned, complete: neither the source nor the stack's settings are read. */
function pinned(): PlatformArgs | null {
  const blueprint = readPinFile(stack)?.blueprint;
  return blueprint === undefined
    ? null
    : { ...blueprint, runtimeImage: { id: blueprint.runtimeImage } };
}

function fromSource(): PlatformArgs {
  const topology = settle();
  return {
    topology,
    files: generateFiles(topology),
    runtimeImage: { context: prepareRuntimeContext() },
  };
}

function settle(): Topology {
  try {
    const settings = stackSettings(pulumi.runtime.allConfig(), pulumi.getProject());
    const config = parseStackConfig(settings, stack);
    return buildTopology({ stack, release: packageJson.version, config, facts });
  } catch (error) {
    // Wrong settings are the user's to mend: a list of problems, and no stack trace.
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
