import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import type { ServiceName } from "../../../catalog/services.ts";
import { systemRandom } from "../clock.ts";
import { silentLogger } from "../logger.ts";
import { keepRegistered } from "../registration.ts";
import type { TestRedis } from "./redis-server.ts";

/** What stands in for a service does with the bytes of a connection. */
export type Behaviour = "good" | "slow" | "garbage" | "silent" | "reset";

/** An instance of a service, registered as such, that behaves as badly as the test wants. */
export interface StandIn {
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

const goodAnswer = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";
const slowMs = 3000;

export async function startStandIn(redis: TestRedis, service: ServiceName): Promise<StandIn> {
  let behaviour: Behaviour = "good";
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => {
      if (behaviour === "good") socket.write(goodAnswer);
      if (behaviour === "slow")
        setTimeout(() => socket.writable && socket.write(goodAnswer), slowMs);
      if (behaviour === "garbage") socket.end("\u0000\u0001 this is not HTTP\r\n\r\n");
      if (behaviour === "reset") socket.resetAndDestroy();
    });
  });
  const port = await listen(server);
  const link = await redis.link(service);
  const registration = keepRegistered(
    link,
    {
      service,
      instance: `${service}-stand-in`,
      host: "127.0.0.1",
      port,
      release: "r1",
      incarnation: systemRandom.hex(8),
      startedAtMs: Date.now(),
    },
    { random: systemRandom, logger: silentLogger },
  );
  return {
    behave: (next) => {
      behaviour = next;
    },
    stop: async () => {
      await registration.deregister();
      server.close();
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
