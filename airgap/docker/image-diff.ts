import { isDeepStrictEqual } from "node:util";
import type { Call, DiffKind, DiffRequest, DiffResult } from "../plugin/resource.ts";
import { isProperties } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";
import { isNotFound } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { withoutNulls } from "./image-inputs.ts";

/** Says which inputs of an Image have changed, or that its image has to be built again anyway. */
export async function diffImage(
  { olds, oldInputs, news }: DiffRequest,
  engine: Engine,
  call: Call,
): Promise<DiffResult> {
  const before = isProperties(olds["__inputs"]) ? olds["__inputs"] : oldInputs;
  const detailedDiff = compareInputs(before, withoutNulls(news));
  if (Object.keys(detailedDiff).length > 0) return { changed: true, detailedDiff };
  if (!(await isMissing(engine, olds))) return { changed: false };
  call.log.info(`the image of ${call.name} is no longer on the engine and will be built again`);
  return { changed: true, detailedDiff: { build: "UPDATE" } };
}

/**
 * Compares inputs property by property. Of `registry` only the server counts: credentials change
 * often and change no image.
 */
function compareInputs(before: Properties, after: Properties): Record<string, DiffKind> {
  const kinds: Record<string, DiffKind> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[name], after[name]];
    if (old === undefined) kinds[name] = "ADD";
    else if (now === undefined) kinds[name] = "DELETE";
    else if (!isDeepStrictEqual(counting(name, old), counting(name, now))) kinds[name] = "UPDATE";
  }
  return kinds;
}

function counting(name: string, value: Value): Value | undefined {
  return name === "registry" && isProperties(value) ? value["server"] : value;
}

/**
 * Whether an image that exists nowhere but on the engine has gone from there, by a prune for one.
 * The official provider does not look, and the next container then fails for want of it.
 */
async function isMissing(engine: Engine, outputs: Properties): Promise<boolean> {
  const { repoDigest } = outputs;
  if (typeof repoDigest !== "string" || !repoDigest.startsWith("sha256:")) return false;
  try {
    await engine.docker.getImage(repoDigest).inspect();
    return false;
  } catch (error) {
    return isNotFound(error);
  }
}
