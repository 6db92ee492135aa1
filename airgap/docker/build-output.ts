import { stripVTControlCharacters } from "node:util";

/** A line of the engine's answer to a build or a push. */
interface EngineEvent {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly aux?: { readonly ID?: string };
}

/** What a build or a push came to. */
export interface EngineOutput {
  /** Id of the image that was built; `undefined` for a push. */
  readonly imageId: string | undefined;
  /** What went wrong, in the engine's words; `undefined` after success. */
  readonly error: string | undefined;
  /** The last lines of the step that failed, its own line first; empty after success. */
  readonly failedStep: readonly string[];
}

/** As many lines of a failing step are kept as fit on a screen beside the rest. */
const KEPT_LINES = 30;

/** What the engine says of its own doings tells nothing about why a step failed. */
const BOOKKEEPING = /^ ---> |^(Removing|Removed) intermediate container /;

/** The display shows the last message only, so there is no use in sending more than it can draw. */
const STATUS_INTERVAL_MS = 100;

/**
 * Reads the engine's answer to its end and passes the progress on, a line at a time.
 *
 * @throws what the stream throws: the connection broke, or the call was aborted
 */
export async function readEngineOutput(
  stream: AsyncIterable<Uint8Array | string>,
  onStatus: (message: string) => void,
): Promise<EngineOutput> {
  let imageId: string | undefined;
  let error: string | undefined;
  let step: string[] = [];
  let partial = "";
  let shownAt = 0;

  const show = (line: string) => {
    if (Date.now() - shownAt < STATUS_INTERVAL_MS) return;
    shownAt = Date.now();
    onStatus(line);
  };
  const onLine = (raw: string) => {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (line === "") return;
    show(line);
    if (BOOKKEEPING.test(line)) return;
    if (/^Step \d+\/\d+ : /.test(line)) step = [line];
    else step.push(line);
    // The step's own line stays at the top however much it prints.
    if (step.length > KEPT_LINES) step.splice(1, 1);
  };

  for await (const text of lines(stream)) {
    const event = JSON.parse(text) as EngineEvent;
    if (event.stream !== undefined) {
      const printed = (partial + event.stream).split("\n");
      partial = printed.pop() ?? "";
      printed.forEach(onLine);
    } else if (event.status !== undefined) {
      onLine([event.id, event.status, event.progress].filter(Boolean).join(" "));
    }
    imageId = event.aux?.ID ?? imageId;
    error = event.errorDetail?.message ?? event.error ?? error;
  }
  onLine(partial);
  return { imageId, error, failedStep: error === undefined ? [] : step };
}

/** Splits a stream of bytes into its lines, without the empty ones. */
async function* lines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const complete = rest.split("\n");
    rest = complete.pop() ?? "";
    yield* complete.filter((line) => line.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}
