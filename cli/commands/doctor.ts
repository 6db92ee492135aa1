import { preflight } from "../doctor/preflight.ts";
import { renderFindings, renderJson } from "../doctor/render.ts";
import { exitCodes } from "../setup/user-error.ts";
import { readStackFile } from "../stack-file.ts";

export interface DoctorOptions {
  readonly stack: string;
  readonly json: boolean;
}

/** Where nobody says how wide it is; wide enough for most messages, and still to be read. */
const defaultWidth = 110;
const leastWidth = 60;

/**
 * Looks at machine, engine and stack for what would stop a deploy, and changes nothing.
 * @returns 0 when nothing would, 1 when something would, 3 when no engine answers
 * @throws ConfigError when the stack's settings are wrong
 */
export async function doctor({ stack, json }: DoctorOptions): Promise<number> {
  const { facts, findings } = await preflight({ stack, config: readStackFile(stack) });
  const width = Math.max(leastWidth, process.stdout.columns || defaultWidth);
  process.stdout.write(
    json ? renderJson(facts, findings, new Date()) : renderFindings(stack, findings, width),
  );
  if (!facts.engine.answers) return exitCodes.notReachable;
  return findings.some(({ severity }) => severity === "refusal") ? exitCodes.failed : 0;
}
