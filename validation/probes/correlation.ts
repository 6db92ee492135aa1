import { headers, paths } from "../../catalog/endpoints.ts";
import type { CorrelationFacts } from "../evidence.ts";
import { demultiplex } from "./demultiplex.ts";
import { headerOf } from "./http-client.ts";
import { callerHeaders, requireIdentity } from "./identity.ts";
import type { ProbeContext } from "./probe.ts";

/**
 * Sends an id through the gateway to a service and looks for it in the answer and in the service's log. The log is written
 * every half second, so it is looked at for up to 2 s.
 */
export async function followCorrelationId(context: ProbeContext): Promise<CorrelationFacts> {
  const { deployment, http, signal, runId, clock } = context;
  requireIdentity(context);
  const service = deployment.services.find(({ probePaths }) => probePaths.length > 0);
  const url = deployment.gatewayUrl + (service?.probePaths[0] ?? paths.health);
  const own = callerHeaders(context);
  const sent = `validation-${runId}`;
  const sinceSeconds = Math.floor(clock.now().getTime() / 1000) - 1;
  const [followed, bare] = await Promise.all([
    http.send({ url, headers: { ...own, [headers.correlationId]: sent }, signal }),
    http.send({ url, headers: own, signal }),
  ]);
  const received = headerOf(followed, headers.correlationId);
  return {
    sent,
    received,
    assigned: headerOf(bare, headers.correlationId),
    loggedBy:
      received === sent
        ? await findInLogs(context, service?.instances ?? [], { text: sent, sinceSeconds })
        : [],
  };
}

async function findInLogs(
  { engine, clock, signal }: ProbeContext,
  containers: readonly string[],
  { text, sinceSeconds }: { readonly text: string; readonly sinceSeconds: number },
): Promise<string[]> {
  for (let look = 0; look < 8; look++) {
    const found: string[] = [];
    for (const name of containers) {
      const frames = await engine.getContainer(name).logs({
        stdout: true,
        stderr: true,
        since: sinceSeconds,
        tail: 500,
        follow: false,
        abortSignal: signal,
      });
      if (demultiplex(frames).stdout.includes(text)) found.push(name);
    }
    // One instance answers a request, so one is enough.
    if (found.length > 0) return found;
    await clock.sleep(250, signal);
  }
  return [];
}
