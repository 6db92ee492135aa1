import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";

/** A plugin started the way the engine starts it, and a client that speaks to it. */
export interface PluginProcess {
  readonly client: providerGrpc.ResourceProviderClient;
  readonly child: ChildProcess;
  /** Time from the start of the process to the port line. */
  readonly startMs: number;
  /** What the plugin has written to standard error so far. */
  stderr(): string;
  /** Ends the plugin as the engine does, by SIGINT. Answers its exit status. */
  stop(): Promise<number | null>;
}

export interface PluginOptions {
  readonly engineAddress?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const START_DEADLINE_MS = 20_000;

/**
 * Starts a provider's entry point with Node (and tsx for TypeScript), and waits for its port.
 *
 * @param entry path of a TypeScript or JavaScript file
 * @param engineAddress passed as the engine's address; without one, logs go to standard error
 * @throws if the process ends, or prints no port within 20 seconds
 */
export async function startPlugin(
  entry: string,
  options: PluginOptions = {},
): Promise<PluginProcess> {
  const startedAt = performance.now();
  const loader = entry.endsWith(".ts") ? ["--import", "tsx"] : [];
  const address = options.engineAddress === undefined ? [] : [options.engineAddress];
  const args = [...loader, entry, ...address];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const lines = createInterface({ input: child.stdout });
  const port = await Promise.race([
    once(lines, "line").then(([line]) => String(line)),
    once(child, "exit").then(() => Promise.reject(new Error(`${entry} ended at once: ${errors}`))),
    deadline(START_DEADLINE_MS, `${entry} printed no port within ${START_DEADLINE_MS} ms`),
  ]);
  const client = new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
    { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 },
  );
  return {
    client,
    child,
    startMs: performance.now() - startedAt,
    stderr: () => errors,
    stop: async () => {
      client.close();
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGINT");
        await ended;
      }
      return child.exitCode;
    },
  };
}

function deadline(ms: number, message: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(message)), ms).unref();
  });
}
