import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When a process was started, as a text that no later process with the same number has. A process that has ended and
 * that nobody has taken note of (a zombie) counts as gone.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process
 */
export function startOfProcess(pid) {
  return process.platform === "linux" ? startInProc(pid) : startFromPs(pid);
}

/** The kernel counts in ticks since boot, so the boot's own name belongs to it. */
function startInProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold blanks; after it come the state and, 19 fields on, the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return `${bootId()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function bootId() {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function startFromPs(pid) {
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return stdout?.trim() || undefined;
}
