import { connect } from "node:net";
import { afterEach } from "vitest";
import {
  readText,
  startTestGateway,
  startTestService,
  type TestGateway,
  type TestGatewayOptions,
  type TestService,
} from "./test-gateway.ts";

export const execute = "/api/v1/trading/execute";
export const json = { "content-type": "application/json" };

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

export async function gatewayWith(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await startTestGateway(options);
  running.push(gateway);
  return gateway;
}

export async function service(...args: Parameters<typeof startTestService>): Promise<TestService> {
  const started = await startTestService(...args);
  running.push(started);
  return started;
}

/** Answers with what it got. */
export function echo(overrides: Parameters<typeof startTestService>[2] = {}): Promise<TestService> {
  return service(
    "trading",
    (request, response) => {
      void readText(request).then(
        (body) => {
          response.setHeader("content-type", "application/json");
          response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
        },
        // The gateway broke it off.
        () => response.destroy(),
      );
    },
    overrides,
  );
}

export interface Echo {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Sends these very lines, and reads until the connection ends. */
export async function askRaw(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
