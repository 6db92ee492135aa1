import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { serviceNames } from "../../../catalog/services.ts";
import { pick } from "./random.ts";
import type { Stage } from "./stage.ts";

/** A change of the stack, so that the deploy has something to be interrupted in. */
export interface Change {
  readonly title: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

const levels = ["debug", "info", "warn"] as const;

/**
 * Draws a change of what runs now, and makes it in the clone: another log level replaces the containers of ours, another
 * image too after a build, another memory limit changes one in place, another address range replaces all networks with
 * everything in them.
 */
export function makeChange(stage: Stage, random: () => number): Change {
  const change = draw(stage, random);
  stage.configure(change.settings);
  return change;
}

function draw(stage: Stage, random: () => number): Change {
  const { settings, sandbox } = stage;
  const kind = pick(random, [
    "log level",
    "log level",
    "image",
    "image",
    "memory",
    "networks",
  ] as const);
  switch (kind) {
    case "log level": {
      const others = levels.filter((level) => level !== (settings.logLevel ?? "info"));
      const logLevel = pick(random, others);
      return { title: `log level ${logLevel}`, settings: { ...settings, logLevel } };
    }
    case "image": {
      const label = Math.floor(random() * 2 ** 32).toString(16);
      appendFileSync(join(sandbox.root, "runtime", "Dockerfile"), `LABEL round="${label}"\n`);
      return { title: `image ${label}`, settings };
    }
    case "memory": {
      const service = pick(random, serviceNames);
      const memoryMb = 385 + Math.floor(random() * 100);
      const limits = { ...(settings.limits ?? {}), [service]: { memoryMb } };
      return { title: `memory of ${service} ${memoryMb} MiB`, settings: { ...settings, limits } };
    }
    case "networks": {
      const networkPool = `10.${192 + Math.floor(random() * 64)}.${Math.floor(random() * 64) * 4}.0/22`;
      return { title: `networks in ${networkPool}`, settings: { ...settings, networkPool } };
    }
  }
}
