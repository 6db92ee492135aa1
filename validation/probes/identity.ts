import { headers } from "../../catalog/endpoints.ts";
import { syntheticUserPrefix } from "../options.ts";
import type { ProbeContext } from "./probe.ts";

type Caller = Pick<ProbeContext, "deployment" | "runId" | "token">;

/**
 * Headers of a request that the validation makes in its own name.
 * @param user in whose name, where the stack takes a header's word for it @default a user of this run alone
 */
export function callerHeaders(
  { deployment, runId, token }: Caller,
  user = `${syntheticUserPrefix}${runId.slice(0, 8)}`,
): Record<string, string> {
  if (deployment.authMode === "header") return { [headers.userId]: user };
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** @throws Error where the stack asks for a token and there is none */
export function requireIdentity({ deployment, token }: Caller): void {
  if (deployment.authMode === "jwt" && token === null) {
    throw new Error(
      "the stack lets in only those with a token (auth mode jwt), and none was given",
    );
  }
}
