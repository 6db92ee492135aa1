import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debianProgram, installDebian } from "../debian.ts";
import type { Peer, Setup } from "../peer.ts";

/** nginx counts in its own memory, by a leaky bucket, and has no breaker but `max_fails`: an upper bound, not an equal. */
export const nginx: Peer = {
  name: "nginx",
  title: "nginx 1.22.1",
  limitIn: "memory",
  install: installDebian,
  configure: async (setup) => {
    const config = join(setup.workDir, "nginx.conf");
    await writeFile(config, configText(setup));
    return [
      await debianProgram(setup, "nginx", ["-p", setup.workDir, "-e", "stderr", "-c", config]),
    ];
  },
};

function configText({ workDir, port, adminPort, upstreamPort, perMinute }: Setup): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${workDir}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log /dev/stdout combined buffer=32k flush=1s;
  keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${workDir}/${name};`).join(" ")}
  limit_req_zone $http_x_user_id zone=users:32m rate=${perMinute}r/m;
  limit_req_status 429;
  upstream trading {
    server 127.0.0.1:${upstreamPort} max_fails=5 fail_timeout=5s;
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location /api/v1/trading {
      limit_req zone=users burst=${perMinute - 1} nodelay;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_connect_timeout 500ms;
      proxy_read_timeout 10s;
      proxy_pass http://trading;
    }
  }
  server {
    listen 127.0.0.1:${adminPort};
    location / { stub_status; }
  }
}
`;
}
