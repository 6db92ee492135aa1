import type Docker from "dockerode";
import type { EngineFacts } from "../../topology/machine-facts.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { connectEngine } from "./engine-client.ts";
import { engineFacts } from "./engine-facts.ts";

/**
 * A client for the engine that set-up found, once it has answered.
 * @throws UserError with exit code 3 when it does not answer within five seconds
 */
export async function reachEngine(engine: EngineFacts): Promise<Docker> {
  try {
    await engineFacts(engine);
  } catch (error) {
    throw new UserError(
      `The Docker engine at ${engine.host} does not answer (${(error as Error).message}). ` +
        "Start it, or run `npm run up`, which starts one that is installed here.",
      exitCodes.notReachable,
      { cause: error },
    );
  }
  return connectEngine(engine);
}
