import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Outcome } from "../sandbox.ts";
import { makeChange, type Change } from "./change.ts";
import { hit } from "./hit.ts";
import type { Kind } from "./kinds.ts";
import { drawMoment, type Moment } from "./moment.ts";
import { randomOf } from "./random.ts";
import { findRemains } from "./remains.ts";
import { requireGood, type Stage } from "./stage.ts";

/** What a round saw; kept as a result. */
export interface Round {
  readonly seed: number;
  readonly kind: Kind;
  /** What the interrupted deploy was to change. */
  readonly change: string;
  /** When it was hit, in milliseconds after its start. */
  readonly momentMs: number;
  /** What it was doing then: the title of the step. */
  readonly step: string;
  /** Its exit code; null when a signal ended the command itself. */
  readonly exitCode: number | null;
  /** What the next deploy said that it has put right. */
  readonly repaired: string;
  /** How long that next deploy took, to a stack that is proved good. */
  readonly secondsToGood: number;
}

/** A deploy that was to be interrupted takes at most so long to end after it was hit. */
const endWithinMs = 180_000;
const pollMs = 10;
/** A busy machine may be done before the moment comes; then another one is drawn. */
const attempts = 5;
const earlier = 0.6;
const tradesEachRound = 3;

/**
 * One round: trades are made, a deploy that changes the stack is ended at a moment drawn from the seed, and the next
 * deploy must put everything right by itself.
 * @throws Error saying what was not as it should be, with everything that was printed
 */
export async function interrupt(stage: Stage, kind: Kind, seed: number): Promise<Round> {
  const random = randomOf(seed);
  const amounts = Array.from({ length: tradesEachRound }, () => (1 + random() * 500).toFixed(2));
  await stage.ledger.trade(100_000 + seed, amounts);
  const { change, interrupted } = await interruptSomeDeploy(stage, kind, random);
  const goesBack = random() < 0.25;
  if (goesBack) stage.configure(stage.settings);
  const next = await stage.sandbox.astra("up");
  const log =
    `seed ${seed}, ${kind} at ${interrupted.momentMs} ms, ${change.title}\n` +
    `--- the interrupted deploy (exit code ${String(interrupted.exitCode)}):\n${interrupted.text}\n` +
    `--- the next one:\n${next.text}`;
  try {
    requireGood(next, "the deploy after an interrupted one");
    await stage.ledger.verify();
    const remains = await findRemains(stage);
    if (remains.length > 0) throw new Error(`Something was left:\n${remains.join("\n")}`);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${log}`, { cause: error });
  }
  // One with nothing left to do says little about how long the next one takes.
  if (!next.text.includes("no change")) stage.lastDeploy = next.text;
  if (!goesBack) stage.settings = change.settings;
  return {
    seed,
    kind,
    change: goesBack ? `${change.title}, then back` : change.title,
    momentMs: interrupted.momentMs,
    step: lastStep(interrupted.textWhenHit),
    exitCode: interrupted.exitCode,
    repaired: whatWasRepaired(next),
    secondsToGood: Math.round(next.milliseconds / 100) / 10,
  };
}

interface Interrupted {
  readonly exitCode: number | null;
  readonly text: string;
  readonly textWhenHit: string;
  readonly momentMs: number;
}

async function interruptSomeDeploy(
  stage: Stage,
  kind: Kind,
  random: () => number,
): Promise<{ change: Change; interrupted: Interrupted }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const change = makeChange(stage, random);
    const { step, afterMs } = drawMoment(random, kind, stage.lastDeploy);
    // What came too late once comes earlier the next time.
    const moment = { step, afterMs: Math.round(afterMs * earlier ** attempt) };
    const interrupted = await interruptedDeploy(stage, kind, moment);
    if (interrupted !== null) return { change, interrupted };
    stage.settings = change.settings;
  }
  throw new Error(`Each of ${attempts} deploys went well, hit or not.`);
}

/** @returns null when it was done before it was hit, or went well all the same */
async function interruptedDeploy(
  stage: Stage,
  kind: Kind,
  moment: Moment,
): Promise<Interrupted | null> {
  const { sandbox, env } = stage;
  const command = spawn(process.execPath, ["cli/enter.mjs", "up", "--stack", sandbox.stack], {
    cwd: sandbox.root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const startedAt = performance.now();
  let text = "";
  for (const stream of [command.stdout, command.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  const ended = new Promise<number | null>((resolve) => command.once("exit", resolve));
  while (
    isRunning(command) &&
    !text.includes(`\n- ${moment.step}`) &&
    !text.startsWith(`- ${moment.step}`)
  ) {
    await delay(pollMs);
  }
  await Promise.race([ended, delay(moment.afterMs)]);
  // A process of the kind may not be there at the very moment: the next one that is.
  let isHit = false;
  while (isRunning(command) && !(isHit = hit(stage, kind, command))) await delay(pollMs);
  const hitAtMs = Math.round(performance.now() - startedAt);
  const textWhenHit = text;
  const exitCode = await Promise.race([ended, delay(endWithinMs, undefined, { ref: false })]);
  if (exitCode === undefined) {
    command.kill("SIGKILL");
    throw new Error(`The interrupted deploy did not end in ${endWithinMs / 1000} s:\n${text}`);
  }
  if (isHit && kind === "engine") await stage.engine.start();
  return isHit && exitCode !== 0 ? { exitCode, text, textWhenHit, momentMs: hitAtMs } : null;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function lastStep(text: string): string {
  return (
    text
      .split("\n")
      .findLast((line) => line.startsWith("- "))
      ?.slice(2) ?? "start"
  );
}

/** What the deploy says about it: lines on locks, and the result of the step that looks. */
export function whatWasRepaired({ text }: Pick<Outcome, "text">): string {
  const lines = text.split("\n");
  const locks = lines.filter((line) =>
    /lock is taken over|has left running|taken over\.$/.test(line),
  );
  const at = lines.indexOf("- Look for what an earlier command has left");
  const result = lines.slice(at + 1).find((line) => line.startsWith("  done in"));
  const found = result?.replace(/^ {2}done in [^:]*:? ?/, "") ?? "";
  return [...locks, ...(found === "nothing" ? [] : [found])].join("; ");
}
