import { setTimeout as sleep } from "node:timers/promises";
import { ResourceError } from "../../plugin/errors.ts";
import type { Call } from "../../plugin/resource.ts";
import type { Engine } from "../engine.ts";
import { inspectContainer } from "./inspect.ts";
import { readLogs } from "./logs.ts";
import type { LiveContainer } from "./spec.ts";

/**
 * Waits until the container's health check passes.
 *
 * As with the official provider, "unhealthy" is not the end: a check that fails for a while may
 * pass yet, and only the timeout ends the wait. A container that has ended for good and will not be
 * restarted is given up at once.
 *
 * @throws ResourceError that says why, with the last results of the check and the container's last
 *   lines, since nobody can look at them once the container has been replaced
 */
export async function waitUntilHealthy(
  engine: Engine,
  id: string,
  { timeoutMs, call }: { readonly timeoutMs: number; readonly call: Call },
): Promise<void> {
  const endsAt = Date.now() + timeoutMs;
  const fail = async (why: string, live: LiveContainer | undefined) =>
    new ResourceError(
      [
        `container failed to be in healthy state: ${why}`,
        ...(await evidence(engine, id, live)),
      ].join("\n"),
    );
  let shown = "";
  for (;;) {
    const live = await inspectContainer(engine, id, call.signal);
    if (live === undefined) throw await fail("it was removed while it was waited for", live);
    const status = live.State.Health?.Status;
    if (status === "healthy") return;
    if (status === undefined)
      throw await fail("it has no health check, so wait: true can never end", live);
    if (hasEndedForGood(live))
      throw await fail(`it ended with status ${live.State.ExitCode}`, live);
    if (Date.now() >= endsAt) {
      throw await fail(`after ${timeoutMs / 1_000} s (waitTimeout) it is ${describe(live)}`, live);
    }
    if (status !== shown) call.log.status(`waiting for the health check: ${status}`);
    shown = status;
    await sleep(Math.min(POLL_MS, Math.max(0, endsAt - Date.now())), undefined, {
      signal: call.signal,
    });
  }
}

/** Often enough that nobody waits for the poll, and about 1 % of a core of the engine. */
const POLL_MS = 200;

const LAST_LINES = 20;

const LAST_CHECKS = 3;

/** How long to wait for the evidence, whatever has become of the call. */
const EVIDENCE_DEADLINE_MS = 5_000;

function hasEndedForGood(live: LiveContainer): boolean {
  const { Status, ExitCode } = live.State;
  if (Status !== "exited" && Status !== "dead") return false;
  const policy = live.HostConfig.RestartPolicy?.Name ?? "no";
  return policy === "no" || policy === "" || (policy === "on-failure" && ExitCode === 0);
}

function describe(live: LiveContainer): string {
  const { Status, ExitCode, OOMKilled, Health } = live.State;
  if (Status === "running") return `running and ${Health?.Status ?? "without a health check"}`;
  return `${Status}, its last exit status ${ExitCode}${OOMKilled ? ", killed for want of memory" : ""}`;
}

async function evidence(
  engine: Engine,
  id: string,
  live: LiveContainer | undefined,
): Promise<string[]> {
  const checks = (live?.State.Health?.Log ?? []).slice(-LAST_CHECKS);
  const signal = AbortSignal.timeout(EVIDENCE_DEADLINE_MS);
  const logs = await readLogs(engine, id, { tail: LAST_LINES, signal }).catch(() => "");
  return [
    ...checks.map(({ ExitCode, Output }) =>
      `health check: status ${ExitCode} ${oneLine(Output)}`.trimEnd(),
    ),
    ...(logs.trim() === ""
      ? ["the container has written nothing"]
      : [
          `the container's last lines:`,
          ...logs
            .trimEnd()
            .split("\n")
            .map((line) => `  ${line}`),
        ]),
  ];
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, " | ")
    .slice(0, 500);
}
