import { Redis, type RedisOptions } from "ioredis";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Whether Redis answers, and if it does not, since when and why. */
export type LinkState =
  | { readonly status: "up" }
  | { readonly status: "down"; readonly sinceMs: number; readonly waitingFor: string };

/**
 * This process' way to Redis. It may be opened before Redis is there, and outlives every outage: it tries again for as
 * long as the process lives, at most a second apart.
 */
export interface RedisLink {
  /** For everything that answers at once. While Redis is away a command fails immediately instead of waiting. */
  readonly commands: Redis;
  /** A connection of its own for reads that block, at most `blockMs` each. The caller disconnects it. */
  openBlocking(blockMs: number): Redis;
  /** A connection of its own for pub/sub. Subscriptions are renewed after every reconnect. The caller disconnects it. */
  openSubscriber(): Redis;
  state(): LinkState;
  /** The listener is called on every change between up and down. */
  onChange(listener: (state: LinkState) => void): void;
  close(): void;
}

/** A frozen Redis keeps its connections open, so it is asked for a sign of life. */
const pingIntervalMs = 1000;
const commandTimeoutMs = 1000;
const maxReconnectDelayMs = 1000;

export function openRedisLink(address: RedisAddress, clock: Clock = systemClock): RedisLink {
  const options = connectionOptions(address);
  const commands = new Redis({ ...options, commandTimeout: commandTimeoutMs });
  const listeners: ((state: LinkState) => void)[] = [];
  const place = `Redis at ${address.host}:${address.port}`;
  let state: LinkState = { status: "down", sinceMs: clock.nowMs(), waitingFor: place };

  function goDown(reason: string): void {
    const wasUp = state.status === "up";
    const sinceMs = state.status === "down" ? state.sinceMs : clock.nowMs();
    state = { status: "down", sinceMs, waitingFor: `${place}: ${reason}` };
    if (wasUp) for (const listener of listeners) listener(state);
  }

  function goUp(): void {
    if (state.status === "up") return;
    state = { status: "up" };
    for (const listener of listeners) listener(state);
  }

  // Redis accepts connections while it still loads its data, and then answers PING with an error.
  function ping(): void {
    if (commands.status !== "ready") return;
    commands.ping().then(goUp, (error: unknown) => goDown(describeError(error)));
  }

  commands.on("ready", ping);
  commands.on("error", (error: unknown) => goDown(describeError(error)));
  commands.on("close", () => {
    if (state.status === "up") goDown("the connection was closed");
  });
  const timer = setInterval(ping, pingIntervalMs);
  timer.unref();

  return {
    commands,
    openBlocking: (blockMs) =>
      quiet(
        new Redis({
          ...options,
          enableOfflineQueue: true,
          socketTimeout: blockMs + commandTimeoutMs,
        }),
      ),
    openSubscriber: () =>
      quiet(new Redis({ ...options, enableOfflineQueue: true, maxRetriesPerRequest: null })),
    state: () => state,
    onChange: (listener) => void listeners.push(listener),
    close: () => {
      clearInterval(timer);
      commands.disconnect();
    },
  };
}

/** Whether the error says that Redis cannot be used now, rather than that the command is wrong. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError") {
    return /^(LOADING|OOM|MISCONF|READONLY|BUSY|MASTERDOWN|NOAUTH|WRONGPASS) /.test(error.message);
  }
  return (
    error.name === "MaxRetriesPerRequestError" ||
    error.name === "AbortError" ||
    /^(Stream isn't writeable|Connection is closed|Command timed out|Socket timeout)/.test(
      error.message,
    )
  );
}

/** What every connection has in common: no queue while Redis is away, nothing sent twice, an end to waiting. */
export function connectionOptions(address: RedisAddress) {
  return {
    ...address,
    // Replies to the commands that are used are the same in both protocols; 2 needs no negotiation.
    protocol: 2,
    disableClientInfo: true,
    // INFO, which the library's own check uses, is not for clients; the PING below tells the same.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    // A command that was sent may have been executed. To send it again after a reconnect could do it twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1000,
    socketTimeout: 3 * commandTimeoutMs,
    keepAlive: 5000,
    retryStrategy: (attempt: number) => Math.min(100 * attempt, maxReconnectDelayMs),
  } satisfies RedisOptions;
}

/** Connection errors show in the link's state; without a listener the library prints them. */
function quiet(redis: Redis): Redis {
  return redis.on("error", () => undefined);
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a name with two addresses is an AggregateError, whose own message is empty.
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(describeError).join("; ");
  }
  return error.message;
}
