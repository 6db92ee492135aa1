import { Agent } from "node:http";
import { connect, Socket } from "node:net";
import axios from "axios";
import type { HttpAnswer } from "../evidence.ts";
import type { PortWay } from "../options.ts";
import { messageOf } from "./message-of.ts";

export interface HttpRequest {
  readonly method?: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly durationMs: number;
}

/**
 * Any status is an answer, and so is a connection that is refused, reset or silent for 5 s: its status is `noAnswer` and
 * its text the reason. No retry, no redirect, no proxy of this machine's environment.
 */
export interface HttpClient {
  readonly send: (request: HttpRequest) => Promise<RawAnswer>;
  /** Closes the connections that are kept open. */
  readonly close: () => void;
}

const requestTimeoutMs = 5_000;
export const noAnswer = 0;

/** @param ways as in the options of a validation */
export function createHttpClient(ways: ReadonlyMap<string, PortWay> = new Map()): HttpClient {
  const httpAgent = new AgentWithWays(ways);
  const client = axios.create({
    httpAgent,
    timeout: requestTimeoutMs,
    maxRedirects: 0,
    maxContentLength: 4 * 1024 * 1024,
    proxy: false,
    responseType: "text",
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
  });
  return {
    send: async ({ method = "GET", url, headers = {}, body, signal }) => {
      const start = performance.now();
      const durationMs = (): number => Math.round((performance.now() - start) * 10) / 10;
      try {
        const answer = await client.request<string>({
          method,
          url,
          headers: { ...headers },
          signal,
          ...(body === undefined ? {} : { data: body }),
        });
        const { status, headers: received, data: text } = answer;
        return { status, headers: received, text, durationMs: durationMs() };
      } catch (error) {
        signal.throwIfAborted();
        return { status: noAnswer, headers: {}, text: messageOf(error), durationMs: durationMs() };
      }
    },
    close: () => {
      httpAgent.destroy();
    },
  };
}

class AgentWithWays extends Agent {
  readonly #ways: ReadonlyMap<string, PortWay>;

  constructor(ways: ReadonlyMap<string, PortWay>) {
    super({ keepAlive: true, maxSockets: 16 });
    this.#ways = ways;
  }

  override createConnection(
    ...[options, callback]: Parameters<Agent["createConnection"]>
  ): ReturnType<Agent["createConnection"]> {
    const way = this.#ways.get(`${options.host ?? ""}:${options.port ?? ""}`);
    if (way === undefined) return super.createConnection(options, callback);
    if ("socketPath" in way) return connect(way.socketPath);
    return new Socket().destroy(new Error(way.closed));
  }
}

/** The part of an answer that is worth keeping: the body's first 2,000 characters, and JSON of up to 64 KiB as a whole. */
export function answerOf(request: HttpRequest, raw: RawAnswer): HttpAnswer {
  return {
    method: request.method ?? "GET",
    url: request.url,
    status: raw.status,
    durationMs: raw.durationMs,
    contentType: headerOf(raw, "content-type") ?? "",
    correlationId: headerOf(raw, "x-correlation-id"),
    body: raw.text.slice(0, 2_000),
    json: raw.text.length <= 64 * 1024 ? parseJson(raw.text) : null,
  };
}

export function headerOf(raw: RawAnswer, name: string): string | null {
  const value = raw.headers[name];
  return typeof value === "string" ? value : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
