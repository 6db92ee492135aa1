import { Readable } from "node:stream";
import type Docker from "dockerode";

export interface PullDeadlines {
  /** Until the registry has said anything. @default 8000 */
  readonly answerWithinMs?: number;
  /** Longest pause after that. @default 60000 */
  readonly stallMs?: number;
}

export type PullResult =
  | { readonly ok: true }
  /** `reachable` is false when no answer came: other images of the registry need not be tried then. */
  | { readonly ok: false; readonly reachable: boolean; readonly reason: string };

/** What the engine says when it does not get as far as the registry. */
const notReached =
  /dial tcp|no such host|lookup .* on |connection refused|i\/o timeout|Client\.Timeout|TLS handshake|network is unreachable|server misbehaving|no answer within/;

/**
 * Lets the engine pull an image, which it does through its own mirrors and proxies. Its answer begins when the registry
 * has answered, hence the short deadline up to there.
 */
export async function pullImage(
  docker: Docker,
  ref: string,
  report: (text: string) => void,
  { answerWithinMs = 8000, stallMs = 60_000 }: PullDeadlines = {},
): Promise<PullResult> {
  const abort = new AbortController();
  const stopAfter = (ms: number, what: string): NodeJS.Timeout =>
    setTimeout(() => abort.abort(new Error(`${what} within ${ms / 1000} s`)), ms);
  let timer = stopAfter(answerWithinMs, "no answer");
  try {
    const stream = Readable.from(await docker.pull(ref, { abortSignal: abort.signal }));
    abort.signal.addEventListener("abort", () => stream.destroy(abort.signal.reason as Error));
    let rest = "";
    for await (const chunk of stream) {
      clearTimeout(timer);
      timer = stopAfter(stallMs, "no progress");
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) readEvent(line, report);
    }
    readEvent(rest, report);
    return { ok: true };
  } catch (error) {
    // An aborted request says only that it was; why is known here.
    const { message } = abort.signal.aborted ? (abort.signal.reason as Error) : (error as Error);
    // dockerode puts "(HTTP code 500) server error - " before the engine's own words.
    const words = message.replace(/^\(HTTP code \d+\) [\w ]+ - /, "").trim();
    if (!notReached.test(message)) return { ok: false, reachable: true, reason: words };
    // A sentence for reports; the engine's words tell of resolvers and sockets.
    report(words);
    return {
      ok: false,
      reachable: false,
      reason: "its registry cannot be reached from the engine",
    };
  } finally {
    clearTimeout(timer);
  }
}

function readEvent(line: string, report: (text: string) => void): void {
  if (line.trim() === "") return;
  const event = JSON.parse(line) as { status?: string; progress?: string; error?: string };
  if (event.error !== undefined) throw new Error(event.error);
  report([event.status, event.progress].filter(Boolean).join(" "));
}
