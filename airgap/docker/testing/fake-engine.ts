import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call } from "../../plugin/resource.ts";
import { Engine } from "../engine.ts";

/** One request that the fake engine got. */
export interface SeenRequest {
  /** Such as `POST /containers/create`. */
  readonly route: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the engine answers: route (`*` for any part) to answer; 404 where there is none. */
export type Routes = Readonly<Record<string, Answer | ((request: SeenRequest) => Answer)>>;

export interface FakeEngine {
  readonly engine: Engine;
  /** Its address, for a provider of its own. */
  readonly host: string;
  /** All requests but the first one for the version, in order. */
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** Starts an HTTP server on a socket that answers like a Docker engine, and connects to it. */
export async function startFakeEngine(routes: Routes, apiVersion = "1.41"): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  const path = join(folder, "docker.sock");
  const seen: SeenRequest[] = [];
  const all: Routes = {
    "GET /version": { body: { ApiVersion: apiVersion, Os: "linux", Arch: "amd64" } },
    ...routes,
  };
  const server = createServer((request, response) => {
    void readRequest(request).then((one) => {
      if (one.route !== "GET /version") seen.push(one);
      const route = Object.entries(all).find(([pattern]) => matches(pattern, one.route))?.[1];
      const {
        status = 200,
        body,
        headers = {},
      } = (typeof route === "function" ? route(one) : route) ?? {
        status: 404,
        body: { message: `no such route: ${one.route}` },
      };
      response.writeHead(status, headers);
      response.end(Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const engine = new Engine();
  const host = `unix://${path}`;
  await engine.configure({ host }, new AbortController().signal);
  return {
    engine,
    host,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

/** The context of a call, and what was logged in it. */
export function fakeCall(
  signal: AbortSignal = new AbortController().signal,
): Call & { readonly logged: string[] } {
  const logged: string[] = [];
  const write = (severity: string) => (message: string) =>
    void logged.push(`${severity}: ${message}`);
  const log = {
    debug: write("debug"),
    info: write("info"),
    warning: write("warning"),
    status: write("status"),
  };
  return { urn: "urn:pulumi:t::p::t:t:T::c", type: "t:t:T", name: "c", signal, log, logged };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(request.url ?? "/", "http://engine");
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const isJson = request.headers["content-type"]?.includes("json") === true;
  return {
    route: `${request.method ?? ""} ${url.pathname}`,
    query: Object.fromEntries(url.searchParams),
    body: isJson ? (JSON.parse(bytes.toString()) as unknown) : bytes,
  };
}

function matches(pattern: string, route: string): boolean {
  const [wanted, given] = [pattern, route].map((text) => text.split("/"));
  return (
    wanted?.length === given?.length &&
    wanted?.every((part, i) => part === "*" || part === given?.[i]) === true
  );
}
