import { z } from "zod";
import { headers, paths } from "../../catalog/endpoints.ts";
import { gatewayAdmin } from "../../catalog/parts.ts";
import type { TraceFacts } from "../evidence.ts";
import { execIn } from "./exec.ts";
import { callerHeaders, requireIdentity } from "./identity.ts";
import { NothingToProbe, type ProbeContext } from "./probe.ts";

/**
 * Sends a request with a correlation id of its own through the gateway to a service, and asks a gateway's admin port for its
 * trace. Spans are written out every 0.2 s, so it is asked for up to 2 s.
 */
export async function followTrace(context: ProbeContext): Promise<TraceFacts> {
  const { deployment, http, clock, signal, runId } = context;
  requireIdentity(context);
  const gateway = deployment.containers.find(({ adminPort }) => adminPort !== null);
  if (gateway?.adminPort == null) throw new NothingToProbe("this release shows no traces");
  const service = deployment.services.find(({ probePaths }) => probePaths.length > 0);
  const id = `validation-trace-${runId}`;
  await http.send({
    url: deployment.gatewayUrl + (service?.probePaths[0] ?? paths.health),
    headers: { ...callerHeaders(context), [headers.correlationId]: id },
    signal,
  });
  const wanted = ["gateway", ...(service === undefined ? [] : [service.name])];
  let seen: readonly string[] = [];
  for (let look = 0; look < 8; look++) {
    seen = await servicesIn(context, { container: gateway.name, port: gateway.adminPort, id });
    if (wanted.every((name) => seen.includes(name))) break;
    await clock.sleep(250, signal);
  }
  return { id, wanted, seen };
}

interface Place {
  /** A gateway: it reaches its own admin port, which nobody does from outside. */
  readonly container: string;
  readonly port: number;
  readonly id: string;
}

async function servicesIn(
  { engine, signal }: ProbeContext,
  { container, port, id }: Place,
): Promise<readonly string[]> {
  const command = ["bash", "-c", script, gatewayAdmin.host(container), String(port), id];
  const { exitCode, stdout, output } = await execIn(engine, container, command, signal);
  if (exitCode !== 0) throw new Error(`bash ended with ${exitCode}: ${output.slice(0, 200)}`);
  const [head, body] = splitAtEmptyLine(stdout);
  // Nothing is there yet, or Redis is away: there is no trace, and the check says so.
  if (!/^HTTP\/1\.[01] 200 /.test(head)) return [];
  return traceSchema.parse(JSON.parse(body)).services;
}

const traceSchema = z.object({ services: z.array(z.string()) });

/** An HTTP request in bash alone, as in the health checks: no other program is certain to be in the image. */
const script = `
exec 3<>"/dev/tcp/$0/$1" || exit 1
printf 'GET /traces/%s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' "$2" "$0" >&3
while IFS= read -r -t 2 line <&3; do printf '%s\\n' "$line"; done
exit 0
`;

function splitAtEmptyLine(text: string): [string, string] {
  const at = text.indexOf("\r\n\r\n");
  const found = at === -1 ? text.length : at;
  return [text.slice(0, found), text.slice(found)];
}
