import * as grpc from "@grpc/grpc-js";
import { openEngineLog } from "./engine-log.ts";
import type { EngineLog } from "./engine-log.ts";

/** What a running plugin has from its process and from the engine that started it. */
export interface Host {
  /** Aborted once: on the engine's Cancel, on SIGINT or SIGTERM, or when the engine has gone. */
  readonly signal: AbortSignal;
  /** Aborts {@link signal}. To be called by the handler of the Cancel RPC, which answers at once. */
  cancel(): void;
  readonly log: EngineLog;
  /** The engine's gRPC address, `undefined` if the plugin was started by hand. */
  readonly engineAddress: string | undefined;
}

/**
 * Runs a Pulumi plugin process: provider or language host.
 *
 * The protocol is the engine's: the plugin listens on a free port of 127.0.0.1 and prints the port
 * as the first line of its standard output; the engine connects, and at the end calls Cancel and
 * sends SIGINT. `register` adds the gRPC services before the server starts.
 *
 * The process exits at SIGINT or SIGTERM, and by itself when its parent has gone, so that a killed
 * engine leaves no plugin behind. Calls that are still open get {@link GRACE_MS} to give up.
 */
export async function serve(
  register: (server: grpc.Server, host: Host) => void,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const cancelled = new AbortController();
  const engineAddress = parseEngineAddress(argv);
  const calls = countOpenCalls();
  const server = new grpc.Server({
    interceptors: [calls.interceptor],
    // State and configuration of a whole stack may travel in one message; the engine sets no limit.
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  register(server, {
    signal: cancelled.signal,
    cancel: () => cancelled.abort(new Error("the run was cancelled")),
    log: openEngineLog(engineAddress),
    engineAddress,
  });
  const port = await listen(server);

  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    cancelled.abort(new Error("the plugin was stopped"));
    const giveUpAt = performance.now() + GRACE_MS;
    // Not `tryShutdown` alone: when the engine closes its connection just then, the callback may never come. By now the
    // engine has its answers, so the process may end as soon as no call is open.
    server.tryShutdown(() => process.exit(0));
    setInterval(() => {
      if (calls.open() === 0 || performance.now() > giveUpAt) process.exit(0);
    }, CALLS_POLL_MS);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  whenParentGoes(stop);

  process.stdout.write(`${port}\n`);
}

/**
 * The engine's address is the last argument; before it there may be flags such as `-v=9`,
 * `--logtostderr` or `--tracing URL`, which mean nothing here.
 */
export function parseEngineAddress(argv: readonly string[]): string | undefined {
  const last = argv.at(-1);
  return last !== undefined && /^[^-].*:\d+$/.test(last) ? last : undefined;
}

/** The engine kills a plugin that is still there five seconds after SIGINT. */
const GRACE_MS = 3_000;

const CALLS_POLL_MS = 20;

const PARENT_POLL_MS = 1_000;

/** Counts the calls that have begun and have neither been answered nor been given up by the engine. */
function countOpenCalls(): { interceptor: grpc.ServerInterceptor; open: () => number } {
  const open = new Set<grpc.ServerInterceptingCallInterface>();
  return {
    open: () => open.size,
    interceptor: (_method, call) =>
      new grpc.ServerInterceptingCall(call, {
        start: (next) => {
          open.add(call);
          next({
            onCancel: () => {
              open.delete(call);
            },
          });
        },
        sendStatus: (status, next) => {
          next(status);
          open.delete(call);
        },
      }),
  };
}

function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Orphans get another parent; there is no event for it, so the parent's id is looked at now and then. */
function whenParentGoes(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_POLL_MS).unref();
}
