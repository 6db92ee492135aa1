import { paths } from "../catalog/endpoints.ts";
import { entryPart, parts } from "../catalog/parts.ts";
import { gatewaysOf } from "../topology/build-topology.ts";
import type { Topology } from "../topology/topology.ts";

/**
 * The text of haproxy.cfg: requests go to the gateway with the fewest of them, of those that say that they are ready.
 *
 * A request is offered to another gateway only when the first could not be connected to, since then nobody has seen it; a
 * trade is never sent twice. Two refused connections take a gateway out at once, a passed check takes it back in. Gateways
 * are looked up by name all the time, and one that has no address yet, or no longer, is only down: the entry starts without
 * them, and outlives their restarts.
 *
 * It works with HAProxy 2.6 (Debian) and 3.2 (official). The gateways log every request; here is logged what went wrong,
 * without headers and without the query.
 */
export function haproxyConfig(topology: Topology): string {
  const servers = gatewaysOf(topology).map(
    ({ name }) => `  server ${name} ${name}:${parts.gateway.port}`,
  );
  return `global
  log stdout format raw daemon info
  maxconn ${maxConnections}
  # A soft stop ends with the last connection, and after this long at the latest.
  hard-stop-after 10s

resolvers engine
  nameserver dns 127.0.0.11:53
  resolve_retries 2
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  hold obsolete 1s
  hold nx 1s
  hold refused 1s
  hold timeout 1s
  hold other 1s

defaults
  mode http
  log global
  option dontlog-normal
  option dontlognull
  log-format '${logFormat}'
  timeout http-request 10s
  timeout http-keep-alive 30s
  timeout client 30s
  timeout connect 500ms
  timeout queue 1s
  # Longer than the gateway's own deadline, which gives a better answer.
  timeout server 15s
  timeout check 2s
  retries 2
  option redispatch 1
  retry-on conn-failure
  http-reuse safe
${errorAnswers.join("\n")}

frontend entry
  bind :${entryPart.port}
  # What a client says of itself is not passed on.
  http-request del-header X-Forwarded-For
  http-request set-header X-Forwarded-For %[src]
  http-request set-var(txn.method) method
  http-request set-var(txn.path) path
  default_backend gateways

backend gateways
  balance leastconn
  option httpchk
  http-check send meth GET uri ${paths.ready} ver HTTP/1.1 hdr Host gateway
  http-check expect status 200
  default-server check inter 1s fastinter 500ms downinter 500ms fall 2 rise 1
  default-server observe layer4 error-limit 2 on-error mark-down
  default-server init-addr last,libc,none resolvers engine resolve-prefer ipv4
${servers.join("\n")}

frontend operation
  bind :${entryPart.metricsPort}
  http-request use-service prometheus-exporter if { path ${paths.metrics} }
  http-request return status 200 content-type text/plain string "alive" if { path ${paths.live} }
  http-request return status 404 content-type text/plain string "nothing here"
`;
}

/** Each takes memory for two buffers of 16 KiB, which leaves half of 512 MiB free. */
const maxConnections = 4000;

/** One line of JSON; the time in milliseconds since 1970. */
const logFormat = [
  '{"level":"warn"',
  '"time":%Ts%ms',
  '"service":"entry"',
  '"method":"%[var(txn.method),json(utf8s)]"',
  '"path":"%[var(txn.path),json(utf8s)]"',
  '"status":%ST',
  '"gateway":"%s"',
  '"durationMs":%Ta',
  '"retries":"%rc"',
  '"ended":"%tsc"',
  '"msg":"request"}',
].join(",");

/** What clients get when no gateway answers: in the form and with the codes that all errors of the platform have. */
const errorAnswers = [
  { status: 502, code: "upstream_failed", message: "The gateway ended without an answer." },
  {
    status: 503,
    code: "service_unavailable",
    message: "No gateway is available. Try again in a few seconds.",
  },
  { status: 504, code: "upstream_timeout", message: "The gateway did not answer in time." },
].map(({ status, code, message }) => {
  const body = JSON.stringify({ error: { code, message, service: "gateway", correlationId: "" } });
  return `  http-error status ${status} content-type application/json string '${body}'`;
});
