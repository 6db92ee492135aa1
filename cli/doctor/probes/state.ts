import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { projectName } from "../../../catalog/labels.ts";
import { describeHolder } from "../../lock/lock-content.ts";
import { readStackLock } from "../../lock/stack-lock.ts";
import type { Paths } from "../../paths.ts";
import { parseStackState, type StateResource } from "../../pulumi/stack-state.ts";
import { readPin } from "../../releases/pin.ts";
import { readDataVersions } from "../../setup/data-versions.ts";
import type { StateLook } from "../facts.ts";
import { backendFolder } from "./files.ts";

export interface StateProbeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Look for another command that works on the stack. */
  readonly lock: boolean;
}

/** Reads what Pulumi's state, the locks, the pin and the record of data versions say of a stack. */
export function probeState(
  paths: Paths,
  stack: string,
  { env, lock }: StateProbeOptions,
): StateLook {
  const backend = backendFolder(paths, env);
  return {
    stack: backend === null ? null : lookAtStack(backend, stack),
    lock: lock ? readLock(paths, stack) : null,
    pin: pinned(paths, stack),
    dataVersions: orProblem(() => readDataVersions(paths.dataVersions)),
  };
}

const checkpointFile = z.object({ checkpoint: z.object({ latest: z.unknown().optional() }) });

/** Pulumi keeps a stack in one file, compressed if it is told to. */
function lookAtStack(backend: string, stack: string): StateLook["stack"] {
  const file = join(backend, ".pulumi", "stacks", projectName, `${stack}.json`);
  try {
    const text = existsSync(file)
      ? readFileSync(file, "utf8")
      : gunzipSync(readFileSync(`${file}.gz`)).toString("utf8");
    const { latest } = checkpointFile.parse(JSON.parse(text)).checkpoint;
    const { resources, pendingOperations } = parseStackState({ deployment: latest ?? null });
    return {
      isKnown: true,
      ids: resources.filter(({ type }) => type.startsWith("docker:")).map(({ id }) => id),
      runtimeImage: imageId(resources),
      pendingOperations: pendingOperations.length,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return null;
    return { isKnown: false, ids: [], runtimeImage: null, pendingOperations: 0 };
  }
}

function imageId(resources: readonly StateResource[]): string | null {
  const image = resources.find(({ type }) => type === "docker:index/image:Image");
  const id = image?.outputs.repoDigest;
  return typeof id === "string" && id.startsWith("sha256:") ? id : null;
}

function readLock(paths: Paths, stack: string): StateLook["lock"] {
  const lock = readStackLock(paths, stack);
  if (lock === null) return null;
  // Another host's processes cannot be asked, so its lock counts as held.
  return { description: describeHolder(lock), isLive: lock.state !== "abandoned" };
}

function pinned(paths: Paths, stack: string): StateLook["pin"] {
  const pin = readPin(paths, stack);
  if (pin.kind === "none") return null;
  return pin.kind === "pinned" ? pin.pin.release : { problem: pin.problem };
}

function orProblem<T>(read: () => T): T | { readonly problem: string } {
  try {
    return read();
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
