import { performance } from "node:perf_hooks";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { ExitError } from "./notice.mjs";

const repeatedWithinMs = 500;

/**
 * Runs cli/main.ts and waits for it. Standard streams are inherited, the current folder stays what it is.
 *
 * @param {string} root the clone's folder
 * @param {string} node absolute path of the Node to run it with
 * @param {string[]} args
 * @returns {Promise<number>} its exit code; 128 and the signal's number when a signal ended it
 */
export function runMain(root, node, args) {
  return new Promise((resolve, reject) => {
    // Node 24 strips types itself, in half the time that a loader takes to start.
    const child = spawn(node, [join(root, "cli", "main.ts"), ...args], { stdio: "inherit" });
    const unhook = passSignalsTo(child);
    child.once("error", (error) => {
      unhook();
      reject(new ExitError(`Cannot run ${node}: ${error.message}`, 1));
    });
    child.once("exit", (code, signal) => {
      unhook();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/**
 * Passes signals on so that the child sees each once. What the terminal's keys send (SIGINT, and SIGHUP when it closes)
 * goes to the whole foreground group, so the child has it already; npm then sends SIGINT once more to us, as does
 * whoever signals a group without a terminal, hence the pause before a repetition counts as a second wish.
 *
 * @returns {() => void} takes the handlers away again
 */
function passSignalsTo(child) {
  const last = new Map();
  const pass = (signal) => {
    const now = performance.now();
    const repeated = now - (last.get(signal) ?? -Infinity) < repeatedWithinMs;
    last.set(signal, now);
    if (repeated) return;
    if (signal !== "SIGTERM" && isInForegroundOfTerminal()) return;
    child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

/** Linux says it exactly; elsewhere a standard stream that is a terminal is a good sign. */
function isInForegroundOfTerminal() {
  try {
    // The process name in parentheses may hold blanks; the fields after it are state, ppid, pgrp, session, tty, tpgid.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foregroundGroup;
  } catch {
    return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  }
}
