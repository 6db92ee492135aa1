import type Docker from "dockerode";
import type { Deployment } from "../../catalog/deployment.ts";
import { isNotFound } from "../../validation/probes/not-found.ts";
import { addressLines } from "../deploy/addresses.ts";
import { requireSameEngine } from "../engine/engine-of-stack.ts";
import { reachEngine } from "../engine/reach-engine.ts";
import { readMachine } from "../machine.ts";
import { readDeployment } from "../pulumi/stacks.ts";
import { table } from "../words.ts";

export interface StatusOptions {
  readonly stack: string;
  readonly json: boolean;
}

interface ContainerStatus {
  readonly name: string;
  readonly service: string;
  /** `healthy`, `starting`, `exited (0)`, `missing`, … */
  readonly state: string;
  readonly since: string | null;
  readonly ports: string;
}

/**
 * Shows the stack's containers and addresses.
 * @returns 0 when every container is running and healthy, else 1
 * @throws UserError with exit code 3 when the stack is not deployed
 */
export async function status({ stack, json }: StatusOptions): Promise<number> {
  const machine = readMachine();
  const client = await reachEngine(machine.facts.engine);
  await requireSameEngine(machine.paths, stack, machine.facts.engine);
  const deployment = await readDeployment({ env: machine.env }, stack);
  const containers = await Promise.all(
    deployment.containers.map((container) => containerStatus(client, container)),
  );
  process.stdout.write(
    json
      ? `${JSON.stringify({ stack, release: deployment.release, containers }, null, 2)}\n`
      : `${table(rowsOf(containers)).join("\n")}\n\n${addressLines(deployment, machine.facts.engine.host).join("\n")}\n`,
  );
  return containers.every(({ state }) => state === "healthy") ? 0 : 1;
}

async function containerStatus(
  client: Docker,
  { name, service, ports }: Deployment["containers"][number],
): Promise<ContainerStatus> {
  const published = ports.map((it) => `${it.hostIp}:${it.hostPort}`).join(" ");
  try {
    const { State } = await client.getContainer(name).inspect();
    const state = State.Running
      ? (State.Health?.Status ?? State.Status)
      : `${State.Status} (${State.ExitCode})`;
    return { name, service, state, since: State.StartedAt, ports: published };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { name, service, state: "missing", since: null, ports: published };
  }
}

function rowsOf(containers: readonly ContainerStatus[]): string[][] {
  return [
    ["CONTAINER", "STATE", "SINCE", "PORTS"],
    ...containers.map(({ name, state, since, ports }) => [name, state, since ?? "-", ports]),
  ];
}
