import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By name in lower case; values of one name joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back on one connection. */
export interface Conversation {
  readonly answers: readonly RawAnswer[];
  /** What was no whole answer: nothing, unless one was cut off. */
  readonly rest: string;
  /** Whether the gateway ended the connection. */
  readonly ended: boolean;
}

export interface TalkOptions {
  /** Methods of the requests, where one is HEAD: its answer has no body. */
  readonly methods?: readonly string[];
  /** Stops listening after so many answers. @default when nothing came for `quietMs` */
  readonly answers?: number;
  /** @default 200 */
  readonly quietMs?: number;
  /** Whether something is still being done for the connection: it is not quiet then. @default never, for at most 10 s */
  readonly isBusy?: () => boolean;
  /** Between two pieces. @default 0, which may send them in one packet */
  readonly betweenMs?: number;
}

/** Sends these bytes (Latin-1) on a connection of their own, and reads answers until there are enough, or it ends, or is quiet. */
export async function talk(
  port: number,
  pieces: readonly string[],
  { methods = [], answers: wanted, quietMs = 200, isBusy, betweenMs = 0 }: TalkOptions = {},
): Promise<Conversation> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  let received = "";
  const state = { ended: false, lastAtMs: 0 };
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    state.lastAtMs = performance.now();
  });
  const finished = new Promise<void>((resolve) => {
    const finish = (): void => {
      state.ended = true;
      resolve();
    };
    socket.once("end", finish);
    socket.once("error", finish);
    socket.once("close", finish);
  });
  await write(socket, pieces, betweenMs);
  state.lastAtMs = performance.now();
  const endMs = performance.now() + 10_000;
  for (;;) {
    if (state.ended || (wanted !== undefined && parse(received, methods).answers.length >= wanted))
      break;
    if (isBusy?.() === true && performance.now() < endMs) state.lastAtMs = performance.now();
    const leftMs = state.lastAtMs + quietMs - performance.now();
    if (leftMs <= 0) break;
    await Promise.race([finished, sleep(Math.min(leftMs, wanted === undefined ? leftMs : 2))]);
  }
  socket.destroy();
  return { ...parse(received, methods), ended: state.ended };
}

/** Lines of a request, as they are sent. */
export function request(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

async function write(socket: Socket, pieces: readonly string[], betweenMs: number): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && betweenMs > 0) await sleep(betweenMs);
    socket.write(Buffer.from(piece, "latin1"));
  }
}

/** A strict reader of answers: what is not exactly one stays in `rest`. */
function parse(
  text: string,
  methods: readonly string[],
): { readonly answers: readonly RawAnswer[]; readonly rest: string } {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd === -1) return { answers, rest };
    const [statusLine = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) return { answers, rest };
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const [, name = "", value = ""] = /^([!-9;-~]+): ?(.*)$/.exec(line) ?? [];
      const key = name.toLowerCase();
      headers[key] = key in headers ? `${headers[key] ?? ""},${value}` : value;
    }
    const after = rest.slice(headEnd + 4);
    if (status < 200) {
      answers.push({ status, headers, body: "" });
      rest = after;
      continue;
    }
    const finals = answers.filter((one) => one.status >= 200).length;
    const hasNone = methods[finals] === "HEAD" || status === 204 || status === 304;
    const body = hasNone ? { text: "", length: 0 } : bodyOf(headers, after);
    if (body === undefined) return { answers, rest };
    answers.push({ status, headers, body: body.text });
    rest = after.slice(body.length);
  }
}

function bodyOf(
  headers: Readonly<Record<string, string>>,
  text: string,
): { readonly text: string; readonly length: number } | undefined {
  if (headers["transfer-encoding"] === "chunked") return chunksOf(text);
  const length = Number(headers["content-length"]);
  if (Number.isNaN(length) || text.length < length) return undefined;
  return { text: text.slice(0, length), length };
}

function chunksOf(text: string): { readonly text: string; readonly length: number } | undefined {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (Number.isNaN(size) || text.length < next) return undefined;
    if (size === 0) return { text: body, length: next };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}
