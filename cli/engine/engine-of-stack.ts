import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeJsonFile } from "../whole-file.ts";
import type { Paths } from "../paths.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { connectEngine, type EngineEndpoint } from "./engine-client.ts";
import { findEngine } from "./engine-facts.ts";
import { isSsh } from "./ssh-command.ts";
import { withinDeadline } from "./within-deadline.ts";

/** Where a stack was last deployed. */
const record = z.strictObject({
  schemaVersion: z.literal(1),
  /** As the engine calls itself; stays over restarts and new addresses. */
  engineId: z.string().min(1),
  host: z.string(),
  certPath: z.string().optional(),
  /** The stack was taken down there: only its data is left. */
  isDown: z.boolean(),
});

export type EngineOfStack = z.infer<typeof record>;

type Home = Pick<Paths, "home">;

const answerWithinMs = 15_000;

/**
 * Refuses to work on a stack with another engine than the one it was last deployed to: its state names containers that are
 * there, and a deploy here would take them for gone and leave both running. A stack that was taken down may move; its data
 * stays where it was, and a line says so.
 *
 * @param notice gets that line. @default it is not said
 * @throws UserError with exit code 3 and the way back
 */
export async function requireSameEngine(
  paths: Home,
  stack: string,
  engine: EngineEndpoint,
  notice: (text: string) => void = () => undefined,
): Promise<void> {
  const before = readEngineOfStack(paths, stack);
  if (before === null || (await engineId(engine)) === before.engineId) return;
  if (!before.isDown)
    throw new UserError(otherEngine(paths, stack, before, engine), exitCodes.notReachable);
  notice(
    `Stack ${stack} was taken down on the engine at ${before.host}, and its data is there; on the engine at ` +
      `${engine.host} it begins without.`,
  );
}

/** The same before set-up, for the engine that it is going to take; where none answers there is nothing to compare. */
export async function requireSameEngineBeforeSetUp(
  paths: Home,
  stack: string,
  sources: Parameters<typeof findEngine>[0],
): Promise<void> {
  if (readEngineOfStack(paths, stack) === null) return;
  const search = await findEngine(sources);
  if (search.found) await requireSameEngine(paths, stack, search.facts);
}

/** Notes where a stack is about to be deployed. */
export async function noteEngineOfStack(
  paths: Home,
  stack: string,
  engine: EngineEndpoint,
): Promise<void> {
  const { host, certPath } = engine;
  write(paths, stack, {
    schemaVersion: 1,
    engineId: await engineId(engine),
    host,
    ...(certPath !== undefined && { certPath }),
    isDown: false,
  });
}

/** Notes that a stack was taken down; without data nothing of it is left, and the note goes. */
export function noteStackDown(paths: Home, stack: string, data: "kept" | "deleted"): void {
  const before = readEngineOfStack(paths, stack);
  if (before === null) return;
  if (data === "deleted") rmSync(fileOf(paths, stack), { force: true });
  else write(paths, stack, { ...before, isDown: true });
}

/**
 * @returns null for a stack that was never deployed by this version
 * @throws UserError when the note is damaged: taking it for none would let a stack go to another engine unseen
 */
export function readEngineOfStack(paths: Home, stack: string): EngineOfStack | null {
  const path = fileOf(paths, stack);
  try {
    return record.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new UserError(
      `${path} does not say any more on which engine stack "${stack}" is. If it is the one that you use now, delete the file.`,
      exitCodes.failed,
      { cause: error },
    );
  }
}

function otherEngine(
  paths: Home,
  stack: string,
  before: EngineOfStack,
  now: EngineEndpoint,
): string {
  const again = [
    `DOCKER_HOST=${before.host}`,
    ...(before.certPath === undefined
      ? []
      : ["DOCKER_TLS_VERIFY=1", `DOCKER_CERT_PATH=${before.certPath}`]),
  ].join(" ");
  const same =
    before.host === now.host
      ? `The engine at ${now.host} is not the one that stack "${stack}" was last deployed to, though its address is the same`
      : `Stack "${stack}" was last deployed to the engine at ${before.host}; this is another one, at ${now.host}`;
  return (
    `${same}. Nothing was changed.\n` +
    `To work with it there: \`${again} npm run setup -- --stack ${stack}\`, and keep the variables set` +
    `${isSsh(before.host) || before.certPath !== undefined ? ", or use a Docker context" : ""}.\n` +
    "To deploy it here: take it down there first. For engines side by side give each a home of its own (ASTRATRADE_HOME).\n" +
    `If that engine is gone for good, or was installed anew, delete ${fileOf(paths, stack)}.`
  );
}

async function engineId(engine: EngineEndpoint): Promise<string> {
  try {
    const answer = connectEngine(engine).info() as Promise<{ ID: string }>;
    return (await withinDeadline(answer, answerWithinMs)).ID;
  } catch (error) {
    throw new UserError(
      `The Docker engine at ${engine.host} does not answer (${(error as Error).message}).`,
      exitCodes.notReachable,
      { cause: error },
    );
  }
}

function write(paths: Home, stack: string, content: EngineOfStack): void {
  writeJsonFile(fileOf(paths, stack), content);
}

function fileOf({ home }: Home, stack: string): string {
  return join(home, "engines", `${stack}.json`);
}
