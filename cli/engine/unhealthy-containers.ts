import type Docker from "dockerode";
import { ofStack } from "./stack-containers.ts";

/** A container of ours that does not do its work, with what it said last. */
export interface UnhealthyContainer {
  readonly name: string;
  /** `exited (1)`, `unhealthy`, `restarting`, … */
  readonly state: string;
  readonly lastLines: readonly string[];
  /** Output of the last failed health check; empty when it has none. */
  readonly healthOutput: string;
}

const tailLines = 20;

/** Finds the stack's containers that are not running and healthy, before anything removes them. */
export async function unhealthyContainers(
  client: Docker,
  stack: string,
): Promise<UnhealthyContainer[]> {
  const found = await client.listContainers({ all: true, filters: ofStack(stack) });
  const inspected = await Promise.all(
    found.map(async ({ Id }) => {
      const container = client.getContainer(Id);
      return { container, info: await container.inspect() };
    }),
  );
  const bad = inspected.filter(
    ({ info: { State } }) => !State.Running || (State.Health?.Status ?? "healthy") !== "healthy",
  );
  return await Promise.all(
    bad.map(async ({ container, info }) => ({
      name: info.Name.replace(/^\//, ""),
      state: describeState(info),
      lastLines: await lastLines(container, info.Config.Tty),
      healthOutput: info.State.Health?.Log.at(-1)?.Output.trim() ?? "",
    })),
  );
}

/** A paragraph for each container, to print behind an error. */
export function describeUnhealthy(containers: readonly UnhealthyContainer[]): string {
  return containers
    .map(({ name, state, lastLines: lines, healthOutput }) =>
      [
        `${name} is ${state}.`,
        ...(healthOutput === "" ? [] : [`  last health check: ${healthOutput}`]),
        lines.length === 0 ? "  It has logged nothing." : "  Its last log lines:",
        ...lines.map((line) => `    ${line}`),
      ].join("\n"),
    )
    .join("\n\n");
}

function describeState({ State }: Docker.ContainerInspectInfo): string {
  if (State.Restarting) return `restarting (last exit code ${State.ExitCode})`;
  if (!State.Running) return `${State.Status} (exit code ${State.ExitCode})`;
  return State.Health?.Status ?? State.Status;
}

async function lastLines(container: Docker.Container, tty: boolean): Promise<string[]> {
  const log = await container.logs({ stdout: true, stderr: true, tail: tailLines });
  const text = tty ? log.toString("utf8") : demultiplex(log);
  return text.split("\n").filter((line) => line !== "");
}

/** Without a terminal the engine puts eight bytes before each piece: stream, three zeros, length (big endian). */
function demultiplex(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const length = log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString("utf8");
}
