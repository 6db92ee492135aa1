import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { processName } from "../../engine/host-system.ts";

export interface Listener {
  readonly port: number;
  /** On every address, or only on this one: 127.0.0.1. */
  readonly address: string;
  /** The socket's number, by which its process is found. */
  readonly inode: string;
}

/** State of a listening socket in the kernel's tables. */
const listening = "0A";
/** Processes are looked through for so long at most. */
const searchWithinMs = 500;

/** Reads which TCP ports are listened on here; empty where there is no /proc. */
export function readListeners(): Listener[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => {
    try {
      return parseListeners(readFileSync(path, "utf8"));
    } catch {
      return [];
    }
  });
}

/**
 * Parses a table of TCP sockets: a head line, then number, local address, remote address, state, …, inode (the tenth
 * column). IPv6 addresses other than the wildcard and mapped ones cannot clash with IPv4 and are left out.
 */
export function parseListeners(table: string): Listener[] {
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap((columns) => {
      const [, local = "", , state] = columns;
      const [hexAddress = "", hexPort = ""] = local.split(":");
      const address = toIpv4(hexAddress);
      if (state !== listening || address === null) return [];
      return [{ port: Number.parseInt(hexPort, 16), address, inode: columns[9] ?? "" }];
    });
}

/**
 * Finds the process that a socket belongs to. Processes of other users are hidden from everybody but root.
 * @returns null when it cannot be seen
 */
export function processOf(inode: string, proc = "/proc"): { name: string; pid: number } | null {
  const giveUpAt = performance.now() + searchWithinMs;
  for (const entry of readdir(proc)) {
    if (!/^\d+$/.test(entry)) continue;
    if (performance.now() > giveUpAt) return null;
    const folder = `${proc}/${entry}/fd`;
    if (readdir(folder).some((file) => linkOf(`${folder}/${file}`) === `socket:[${inode}]`)) {
      const pid = Number(entry);
      // The kernel's own name for it is a thread's, which Node calls MainThread.
      const program = basename(linkOf(`${proc}/${entry}/exe`)).replace(/ \(deleted\)$/, "");
      return { name: program || (processName(pid) ?? "?"), pid };
    }
  }
  return null;
}

/** The kernel writes each group of four bytes as it keeps it, the last byte first. */
function toIpv4(hex: string): string | null {
  if (/^0{32}$/.test(hex)) return "0.0.0.0";
  const tail = hex.length === 8 ? hex : /^0{16}FFFF0000(.{8})$/.exec(hex)?.[1];
  if (tail === undefined) return null;
  const bytes = tail.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}

function readdir(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
