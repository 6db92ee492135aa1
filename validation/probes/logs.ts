import { stripVTControlCharacters } from "node:util";
import type { Deployment } from "../../catalog/deployment.ts";
import type { Evidence } from "../evidence.ts";
import { demultiplex } from "./demultiplex.ts";
import { probedItems, type Probe } from "./probe.ts";

const lineCount = 20;
const maxLineLength = 500;

/** The last lines of every container that is not well, since nobody can look any more once it has been replaced. */
export const probeLogs: Probe<"logs"> = ({ deployment, engine, found, signal }) =>
  probedItems(
    unwellContainers(deployment, found),
    async (name, itemSignal) => {
      const frames = await engine.getContainer(name).logs({
        stdout: true,
        stderr: true,
        tail: lineCount,
        follow: false,
        abortSignal: itemSignal,
      });
      return lastLines(demultiplex(frames).output);
    },
    { deadlineMs: 10_000, signal },
  );

export function lastLines(text: string): string[] {
  return stripVTControlCharacters(text)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-lineCount)
    .map((line) => (line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line));
}

/** Containers that exist and are not running, not healthy, or were started anew by the engine. */
export function unwellContainers(deployment: Deployment, found: Evidence): string[] {
  const containers = found.containers;
  if (containers === undefined || !("value" in containers)) return [];
  const { value: states } = containers;
  return deployment.containers
    .map(({ name }) => name)
    .filter((name) => {
      const state = states[name];
      if (state === undefined || !("value" in state) || !state.value.exists) return false;
      const { status, health, restartCount } = state.value;
      return status !== "running" || health !== "healthy" || restartCount > 0;
    });
}
