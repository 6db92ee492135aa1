import { createServer } from "node:net";
import type { PortLook } from "../facts.ts";
import { type Listener, processOf, readListeners } from "./listeners.ts";

/** How many other ports are tried, to propose one. */
const mostTries = 5;

/**
 * Tries to listen on ports of this machine, as the engine is going to, and names who does so already.
 * @param address IPv4 address that ports are bound to
 */
export async function probePorts(address: string, ports: readonly number[]): Promise<PortLook[]> {
  const binds = await Promise.all(ports.map((port) => tryBind(address, port)));
  if (binds.every((bind) => bind === "free")) {
    return ports.map((port) => ({ port, bind: "free", process: null, free: null }));
  }
  const listeners = readListeners();
  return await Promise.all(
    ports.map(async (port, index) => {
      const bind = binds[index] ?? "failed";
      if (bind === "free") return { port, bind, process: null, free: null };
      const listener = listeners.find((it) => it.port === port && clash(it, address));
      // Below 1024 an attempt says nothing where it is not allowed, and the kernel's table has the last word.
      const isTaken = bind === "taken" || listener !== undefined;
      return {
        port,
        bind: isTaken ? "taken" : bind,
        process: listener === undefined ? null : processOf(listener.inode),
        free: isTaken ? await freePort(address, port, ports) : null,
      };
    }),
  );
}

/** Whether this machine has an address. */
export async function hasAddress(address: string): Promise<boolean> {
  return (await tryListen(address, 0)) !== "EADDRNOTAVAIL";
}

async function tryBind(address: string, port: number): Promise<PortLook["bind"]> {
  const code = await tryListen(address, port);
  if (code === null) return "free";
  if (code === "EADDRINUSE") return "taken";
  return code === "EACCES" ? "not-allowed" : "failed";
}

/** @returns the error's code, or null when it worked */
function tryListen(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EUNKNOWN"));
    server.listen({ host: address, port, exclusive: true }, () => {
      server.close(() => resolve(null));
    });
  });
}

/** Ten thousand further, and so on: easy to remember, and seldom taken. */
async function freePort(
  address: string,
  port: number,
  wanted: readonly number[],
): Promise<number | null> {
  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const candidate = port + attempt * 10_000;
    if (candidate > 65_535) return null;
    if (wanted.includes(candidate)) continue;
    if ((await tryBind(address, candidate)) === "free") return candidate;
  }
  return null;
}

function clash(listener: Listener, address: string): boolean {
  return [listener.address, "0.0.0.0"].includes(address) || listener.address === "0.0.0.0";
}
