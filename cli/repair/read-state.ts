import { readFileSync } from "node:fs";
import { z } from "zod";
import type { PulumiSetting } from "../pulumi/run-pulumi.ts";
import { parseStackState, readStackState, type StackState } from "../pulumi/stack-state.ts";
import { stackFiles } from "./local-backend.ts";

const checkpointFile = z.object({ checkpoint: z.object({ latest: z.unknown().optional() }) });

/**
 * Reads a stack's state without its secrets. A local backend's file is read at once: asking the CLI takes most of a
 * second, on every deploy.
 */
export async function readState(setting: PulumiSetting, stack: string): Promise<StackState> {
  const files = stackFiles(setting, stack);
  if (files === null) return await readStackState(setting, stack, { showSecrets: false });
  const { checkpoint } = checkpointFile.parse(JSON.parse(readFileSync(files.checkpoint, "utf8")));
  return parseStackState({ deployment: checkpoint.latest ?? null });
}
