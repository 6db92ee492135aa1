import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debianProgram, installDebian } from "../debian.ts";
import type { Peer, Setup } from "../peer.ts";

/** HAProxy counts in its own memory (a stick table) and takes a server out that fails: an upper bound, not an equal. */
export const haproxy: Peer = {
  name: "haproxy",
  title: "HAProxy 2.6.12",
  limitIn: "memory",
  install: installDebian,
  configure: async (setup) => {
    const config = join(setup.workDir, "haproxy.cfg");
    await writeFile(config, configText(setup));
    return [await debianProgram(setup, "haproxy", ["-db", "-f", config])];
  },
};

function configText({ port, adminPort, upstreamPort, perMinute }: Setup): string {
  return `
global
  nbthread 1
  maxconn 4096
  log stdout format raw local0

defaults
  mode http
  log global
  option httplog
  timeout connect 500ms
  timeout client 30s
  timeout server 10s
  http-reuse always

frontend web
  bind 127.0.0.1:${port} backlog 4096
  stick-table type string len 64 size 200k expire 60s store http_req_rate(60s)
  http-request track-sc0 hdr(X-User-ID)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt ${perMinute} }
  default_backend trading

backend trading
  server trading-1 127.0.0.1:${upstreamPort} check inter 2s observe layer7 error-limit 5 on-error mark-down

frontend metrics
  bind 127.0.0.1:${adminPort}
  http-request use-service prometheus-exporter if { path /metrics }
`;
}
