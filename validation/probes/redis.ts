import type { ContainerFacts, Evidence } from "../evidence.ts";
import { execIn } from "./exec.ts";
import { NothingToProbe, type Probe } from "./probe.ts";
import { runningContainers } from "./running.ts";

/**
 * Talks to Redis as anybody in its container could, and as a stranger without a password, and looks at how it was told to keep data. The
 * configuration file also has the users' password hashes, so only the lines wanted are read from it.
 */
export const probeRedis: Probe<"redis"> = async ({ deployment, engine, found, signal }) => {
  const container = deployment.containers.find(({ role }) => role === "redis");
  if (container === undefined) throw new NothingToProbe("the stack has no Redis of its own");
  const { name } = container;
  if (!runningContainers(found).has(name)) throw new NothingToProbe(`${name} is not running`);
  const run = (...command: string[]) => execIn(engine, name, command, signal);

  const ping = await run("redis-cli", "ping");
  // The container's environment may hold a password for redis-cli; a stranger has none.
  const stranger = ["env", "-u", "REDISCLI_AUTH", "redis-cli"];
  const write = await run(...stranger, "set", "validation:unauthenticated", "1");
  const facts = containerFacts(found, name);
  const configFile = facts.command.find((word) => word.endsWith(".conf"));
  const configLines =
    configFile === undefined
      ? ""
      : (await run("grep", "-E", "^(appendonly|dir) ", configFile)).stdout;
  const dataFolder = /^dir (.+)$/m.exec(configLines)?.[1] ?? "/data";
  const files = await run("ls", dataFolder);
  return {
    ping: { exitCode: ping.exitCode, output: ping.output.trim().slice(0, 200) },
    unauthenticatedWrite: { exitCode: write.exitCode, output: write.output.trim().slice(0, 200) },
    appendOnly: appendOnlySetting(facts.command, configLines),
    appendOnlyFiles: files.stdout
      .split("\n")
      .some((file) => /^append(onlydir|only\.aof)/.test(file)),
  };
};

/** The command line wins over the file, as in Redis itself. */
export function appendOnlySetting(command: readonly string[], configLines: string): string | null {
  const option = command.indexOf("--appendonly");
  if (option !== -1) return command[option + 1] ?? null;
  return /^appendonly (\w+)$/m.exec(configLines)?.[1] ?? null;
}

function containerFacts(found: Evidence, name: string): ContainerFacts {
  const containers = found.containers;
  const state = containers !== undefined && "value" in containers ? containers.value[name] : null;
  if (state && "value" in state && state.value.exists) return state.value;
  throw new NothingToProbe(`${name} could not be inspected`);
}
