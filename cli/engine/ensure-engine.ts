import type { EngineFacts } from "../../topology/machine-facts.ts";
import type { HostContext } from "../setup/context.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { aptInstall } from "./apt.ts";
import { defaultEngineHost } from "./engine-address.ts";
import { type FailedAttempt, findEngine } from "./engine-facts.ts";
import { type HostSystem, hostSystem } from "./host-system.ts";
import { startEngine } from "./start-engine.ts";

/** What touches the machine, so that a test can take its place. */
export interface EngineActions {
  readonly find: typeof findEngine;
  readonly system: typeof hostSystem;
  readonly install: typeof aptInstall;
  readonly start: typeof startEngine;
}

const actions: EngineActions = {
  find: findEngine,
  system: hostSystem,
  install: aptInstall,
  start: startEngine,
};

/**
 * Finds the Docker engine; where none answers and we are root on Linux, starts the installed one, or installs Debian's
 * first. An engine that the user has named (DOCKER_HOST, a context) is never replaced by another.
 *
 * @throws UserError with exit code 3 and the way out, when there is no engine and we must not or cannot make one
 */
export async function ensureEngine(
  ctx: HostContext,
  act: EngineActions = actions,
): Promise<EngineFacts> {
  const search = await act.find({ env: ctx.env, userHome: ctx.userHome });
  if (search.found) return search.facts;
  const system = act.system(ctx.env);
  const way = wayToEngine(search.attempts, system);
  if (way === null) throw noEngine(search.attempts, system);
  if (way === "install") await installEngine(ctx, system, search.attempts, act);
  return await act.start(ctx, system);
}

/**
 * How this machine gets an engine where none answers: the installed one is started, or Debian's is installed first.
 * @returns null where we must not or cannot: an engine that the user has named is never replaced by another
 */
export function wayToEngine(
  attempts: readonly { readonly address: { readonly host: string } }[],
  { isRoot, hasProgram, hasApt }: HostSystem,
): "start" | "install" | null {
  const mayUseDefault = attempts.some(({ address }) => address.host === defaultEngineHost);
  if (!mayUseDefault || !isRoot) return null;
  if (hasProgram("dockerd")) return "start";
  return hasApt ? "install" : null;
}

async function installEngine(
  ctx: HostContext,
  system: HostSystem,
  attempts: readonly FailedAttempt[],
  act: EngineActions,
): Promise<void> {
  const question =
    "No Docker engine answers. Install Debian's packages docker.io and iptables, and start it?";
  if (ctx.confirm === undefined) {
    ctx.notice("No Docker engine answers: installing Debian's packages docker.io and iptables.");
  } else if (!(await ctx.confirm(question))) {
    throw noEngine(attempts, system);
  }
  await act.install(["docker.io", "iptables"], ctx.report);
}

function noEngine(attempts: readonly FailedAttempt[], system: HostSystem): UserError {
  const tried = attempts.map(
    ({ address, reason }) => `  ${address.host} (${address.source}): ${reason}`,
  );
  return new UserError(
    `No Docker engine answers. Tried:\n${tried.join("\n")}\n${wayOut(system)}`,
    exitCodes.notReachable,
  );
}

function wayOut(system: HostSystem): string {
  if (system.hasProgram("dockerd") && !system.isRoot) {
    return "Start the installed engine as root (`sudo systemctl start docker`), or set DOCKER_HOST to one that runs.";
  }
  if (system.hasApt && !system.isRoot) {
    return "Install one as root (`sudo apt-get install docker.io`), run this command as root, or set DOCKER_HOST.";
  }
  return "Start Docker (Docker Desktop, Colima, OrbStack or the docker service), or set DOCKER_HOST to an engine.";
}
