import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { projectName } from "../../../catalog/labels.ts";
import { describeHolder } from "../../lock/lock-content.ts";
import { readStackLock } from "../../lock/stack-lock.ts";
import type { Paths } from "../../paths.ts";
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
    stack: backend === null ? null : readStackState(backend, stack),
    lock: lock ? readLock(paths, stack) : null,
    pin: pinned(paths, stack),
    dataVersions: orProblem(() => readDataVersions(paths.dataVersions)),
  };
}

const resource = z.object({
  type: z.string(),
  id: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});

const checkpoint = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z.array(resource).nullish(),
        pending_operations: z.array(z.unknown()).nullish(),
      })
      .nullish(),
  }),
});

/** Pulumi keeps a stack in one file, compressed if it is told to. */
function readStackState(backend: string, stack: string): StateLook["stack"] {
  const file = join(backend, ".pulumi", "stacks", projectName, `${stack}.json`);
  try {
    const text = existsSync(file)
      ? readFileSync(file, "utf8")
      : gunzipSync(readFileSync(`${file}.gz`)).toString("utf8");
    const { latest } = checkpoint.parse(JSON.parse(text)).checkpoint;
    const resources = latest?.resources ?? [];
    return {
      isKnown: true,
      ids: resources.flatMap(({ type, id }) => (type.startsWith("docker:") ? (id ?? []) : [])),
      runtimeImage: imageId(resources),
      pendingOperations: latest?.pending_operations?.length ?? 0,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return null;
    return { isKnown: false, ids: [], runtimeImage: null, pendingOperations: 0 };
  }
}

function imageId(resources: readonly z.output<typeof resource>[]): string | null {
  const image = resources.find(({ type }) => type === "docker:index/image:Image");
  const id = image?.outputs?.repoDigest;
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
