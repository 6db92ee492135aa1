import { Agent, request } from "node:http";

/** One request of a client that keeps its connection. */
export interface KeptAnswer {
  /** The answer's status, or the error's code where there was no whole answer. */
  readonly outcome: number | string;
  /** The connection had brought answers before. */
  readonly reused: boolean;
  readonly atMs: number;
}

/** Clients of which each has one connection, sends the next request when the last is answered, and takes every chance to keep it. */
export interface KeptConnections {
  readonly answers: readonly KeptAnswer[];
  /** Ends when the last requests have been answered. */
  stop(): Promise<readonly KeptAnswer[]>;
}

export interface KeptConnectionsOptions {
  readonly clients: number;
  readonly path: string;
  /** POST with this body; GET where there is none. It is never repeated by the client. */
  readonly body?: string;
  /** Between an answer and the next request. @default 0 */
  readonly pauseMs?: number;
}

/** A client whose connection is refused ends: the server takes no new ones. */
export function openKeptConnections(
  origin: string,
  { clients, path, body, pauseMs = 0 }: KeptConnectionsOptions,
): KeptConnections {
  const answers: KeptAnswer[] = [];
  let stopped = false;
  let asked = 0;

  function ask(agent: Agent): Promise<KeptAnswer> {
    return new Promise((resolve) => {
      const end = (outcome: number | string): void =>
        resolve({ outcome, reused: sent.reusedSocket, atMs: performance.now() });
      asked += 1;
      // None of them comes near its limit.
      const headers = { "x-user-id": `kept-${asked % 5000}`, "content-type": "application/json" };
      const method = body === undefined ? "GET" : "POST";
      const sent = request(`${origin}${path}`, { agent, method, headers }, (answer) => {
        answer.on("end", () => end(answer.complete ? (answer.statusCode ?? 0) : "cut off"));
        answer.on("error", (error) => end(codeOf(error)));
        answer.resume();
      });
      sent.on("error", (error) => end(codeOf(error)));
      sent.end(body);
    });
  }

  async function run(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopped) {
      const answer = await ask(agent);
      answers.push(answer);
      if (answer.outcome === "ECONNREFUSED") break;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  }

  const running = Array.from({ length: clients }, run);
  return {
    answers,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      return answers;
    },
  };
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.message;
}
