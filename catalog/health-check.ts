import { paths } from "./endpoints.ts";

/**
 * Docker health check of every container made from our image. It starts bash and no Node process, which would eat the
 * container's CPU quota at each run. It asks the container itself, over loopback, and expects status 200.
 * @param port what the container listens on
 */
export function runtimeHealthCheck(port: number): string[] {
  const request = `GET ${paths.live} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n`;
  const script = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf '${request}' >&3`,
    // A process that accepts and never answers must not hold the check until the engine kills it.
    `read -r -t 2 status <&3`,
    `[[ $status == 'HTTP/1.'?' 200 '* ]]`,
  ].join(" && ");
  return ["CMD", "bash", "-c", script];
}
