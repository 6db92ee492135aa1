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
    .some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The name of a running process as the kernel keeps it; undefined when there is no such process. Linux only. */
export function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}
