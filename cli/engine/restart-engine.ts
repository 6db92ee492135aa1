import type Docker from "dockerode";
import pRetry from "p-retry";
import { labels, projectName } from "../../catalog/labels.ts";
import type { EngineFacts } from "../../topology/machine-facts.ts";
import type { HostContext } from "../setup/context.ts";
import { runCommand } from "../setup/run-command.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { defaultEngineHost } from "./engine-address.ts";
import { engineFacts } from "./engine-facts.ts";
import { hostSystem } from "./host-system.ts";
import { startEngine } from "./start-engine.ts";
import { stopStartedEngine } from "./stop-engine.ts";

/** Variable with a shell line that restarts the engine, for one that is not this machine's own. */
export const restartVariable = "ASTRATRADE_ENGINE_RESTART";

const restartWithinMs = 120_000;
const answerWithinMs = 60_000;
const pollMs = 500;

/**
 * Restarts an engine, where that is our business: by the line that the user has given for it, or else this machine's own
 * engine, as root, while nobody else's containers run on it.
 * @param reason why, in a sentence: it is shown with the way out where we may not
 * @throws UserError with exit code 3 where we may not or cannot
 */
export async function restartEngine(
  client: Docker,
  engine: EngineFacts,
  reason: string,
  ctx: HostContext,
): Promise<void> {
  const line = ctx.env[restartVariable];
  if (line !== undefined && line !== "") {
    ctx.report(`restarting the engine: ${line}`);
    await run("sh", ["-c", line]);
  } else {
    const obstacle = await whyNot(client, engine, ctx);
    if (obstacle !== null) throw restartByHand(reason, obstacle);
    await restartHere(ctx);
  }
  await pRetry(() => engineFacts(engine), {
    retries: answerWithinMs / pollMs,
    minTimeout: pollMs,
    factor: 1,
    maxRetryTime: answerWithinMs,
  });
}

async function whyNot(
  client: Docker,
  engine: EngineFacts,
  ctx: HostContext,
): Promise<string | null> {
  if (engine.host !== defaultEngineHost) return `it is not this machine's own (${engine.host})`;
  if (!hostSystem(ctx.env).isRoot) return "this user is not root";
  const others = (await client.listContainers()).filter(
    ({ Labels }) => Labels[labels.project] !== projectName,
  );
  if (others.length === 0) return null;
  return `containers of others run on it (${others.map(({ Names }) => (Names[0] ?? "").slice(1)).join(", ")})`;
}

function restartByHand(reason: string, obstacle: string): UserError {
  return new UserError(
    `${reason} It must be restarted for that, which is left to you, since ${obstacle}: \`systemctl restart docker\` on ` +
      `its machine, then this command again. ${restartVariable} may hold a shell line that restarts it.`,
    exitCodes.notReachable,
  );
}

async function restartHere(ctx: HostContext): Promise<void> {
  const system = hostSystem(ctx.env);
  ctx.report("restarting the engine");
  if (system.hasSystemd) {
    await run("systemctl", ["restart", "docker"]);
    return;
  }
  await stopStartedEngine();
  await startEngine(ctx, system);
}

async function run(file: string, args: readonly string[]): Promise<void> {
  const result = await runCommand(file, args, { timeoutMs: restartWithinMs });
  if (result.ok) return;
  throw new UserError(
    `Restarting the engine failed: ${result.failure} for \`${[file, ...args].join(" ")}\`.\n${result.tail}`,
    exitCodes.notReachable,
  );
}
