import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What decides whether we may install and start things on this machine. */
export interface HostSystem {
  readonly isRoot: boolean;
  /** Debian or a descendant: packages come by apt-get. */
  readonly hasApt: boolean;
  /** systemd runs the machine; its tools being there says nothing. */
  readonly hasSystemd: boolean;
  /** Whether a program is on the PATH. */
  readonly hasProgram: (name: string) => boolean;
}

export function hostSystem(env: Readonly<Record<string, string | undefined>>): HostSystem {
  const isLinux = process.platform === "linux";
  return {
    isRoot: process.getuid?.() === 0,
    hasApt: isLinux && existsSync("/etc/debian_version") && isOnPath("apt-get", env.PATH),
    hasSystemd: isLinux && existsSync("/run/systemd/system"),
    hasProgram: (name) => isOnPath(name, env.PATH),
  };
}

/** A root shell opened by `su` does not have the folders of the system's programs, dockerd and iptables among them. */
export function pathWithSystemPrograms(path = ""): string {
  return [path, "/usr/local/sbin", "/usr/sbin", "/sbin"].join(":");
}

function isOnPath(name: string, path: string | undefined): boolean {
  return pathWithSystemPrograms(path)
    .split(":")
    .filter((folder) => folder !== "")
    .some((folder) => isExecutable(join(folder, name)));
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The name of a running process as the kernel keeps it; undefined when there is none. A process that has ended and that
 * nobody has taken note of (a zombie) does not run: machines without a proper first process keep those. Linux only.
 */
export function processName(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may itself have some; the state is the letter after the last one.
  const end = stat.lastIndexOf(")");
  return stat[end + 2] === "Z" ? undefined : stat.slice(stat.indexOf("(") + 1, end);
}
