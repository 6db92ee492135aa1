import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits for a condition.
 * @throws Error naming the condition when it does not hold within the deadline
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { what, deadlineMs = 10_000 }: { readonly what: string; readonly deadlineMs?: number },
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await sleep(5);
  }
}
