import { headers } from "../../catalog/endpoints.ts";
import { syntheticUserPrefix } from "../options.ts";
import type { ProbeContext } from "./probe.ts";

type Caller = Pick<ProbeContext, "deployment" | "runId" | "token">;

/** A user of its own for each run: it starts with demo funds, and no limit of a real user is used up. */
export function syntheticUser(runId: string): string {
  return `${syntheticUserPrefix}${runId.slice(0, 8)}`;
}

/** Headers of a request that the validation makes in its own name. */
export function callerHeaders({ deployment, runId, token }: Caller): Record<string, string> {
  if (deployment.authMode === "header") return { [headers.userId]: syntheticUser(runId) };
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
