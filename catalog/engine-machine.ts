const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * The machine that an engine's address names.
 * @param engineHost as in DOCKER_HOST
 * @returns its host name or address, as a URL has it; null for this machine: a socket, or an address on its loopback
 */
export function machineOf(engineHost: string): string | null {
  if (!/^(?:tcp|http|https|ssh):\/\//.test(engineHost)) return null;
  const { hostname } = new URL(engineHost);
  return hostname === "" || loopback.test(hostname) ? null : hostname;
}

/** Whether an address is one that only its own machine reaches. */
export function isLoopback(address: string): boolean {
  return loopback.test(address);
}

/**
 * The host part of a published port's URL. A port on all addresses is asked for at the machine's name; one on loopback
 * keeps that address, which is the engine's machine's own.
 * @param ip host address that the port is bound to
 */
export function publishedAt(ip: string, engineHost: string): string {
  return ip === "0.0.0.0" ? (machineOf(engineHost) ?? "127.0.0.1") : ip;
}
