import { createHash } from "node:crypto";
import { labels } from "../catalog/labels.ts";
import type { ContainerPlan, HealthCheckPlan, Topology } from "../topology/topology.ts";

/** A file put into a container before it starts. */
export interface Upload {
  readonly file: string;
  readonly content: string;
}

export interface Label {
  readonly label: string;
  readonly value: string;
}

/**
 * The recipe that every container passes: the part of Docker's inputs that needs no engine. Written in the one form that
 * the engine reads back (ports sorted, Go durations, shortest decimals, capabilities as `CAP_…` or `ALL`), since any
 * other form shows as a change on every update.
 *
 * What a release runs is the plan's: image, command, user, environment, files, ports, networks, volume, limits, health
 * check, grace. A record has all that, and a rollback deploys it as it was. What is constant here is the deployer's, and
 * holds for every container that it makes, those of older releases too: restart policy, init, capabilities, security
 * options, the size of `/tmp`, log rotation, labels, and how long it waits. A later version may change these, and a
 * rollback then gets the new ones; so they must never ask for something that an older image does not have. What an older
 * image does depend on may not change: `/tmp` is writable, and the secrets are called `REDIS_PASSWORD` (our image) and
 * `REDISCLI_AUTH` (Redis).
 */
export function containerSpec(plan: ContainerPlan) {
  return {
    name: plan.name,
    restart: "unless-stopped",
    ...(plan.command === null ? {} : { command: [...plan.command] }),
    user: plan.user,
    readOnly: plan.readOnly,
    // `mounts`, since a change of `tmpfs` would not reach the container.
    ...(plan.readOnly
      ? {
          mounts: [
            { type: "tmpfs", target: "/tmp", tmpfsOptions: { sizeBytes: 64 * 1024 * 1024 } },
          ],
        }
      : {}),
    init: true,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    memory: plan.memoryMb,
    memorySwap: plan.memorySwapMb,
    cpus: plan.cpus,
    ports: plan.ports.map(({ internal, external, ip }) => ({
      internal,
      external,
      ip,
      protocol: "tcp",
    })),
    healthcheck: healthcheckSpec(plan.healthcheck),
    wait: true,
    waitTimeout: plan.healthTimeoutSeconds,
    ...(plan.stopSignal === null ? {} : { stopSignal: plan.stopSignal }),
    stopTimeout: plan.stopGraceSeconds,
    // What a delete waits before SIGKILL; `stopTimeout` alone is not used there.
    destroyGraceSeconds: plan.stopGraceSeconds,
    logDriver: "json-file",
    logOpts: { "max-file": "3", "max-size": "10m" },
  };
}

/** Labels of everything of ours, sorted. A container has its service and configuration hash too. */
export function resourceLabels(
  topology: Pick<Topology, "project" | "stack" | "release">,
  container?: { readonly service: string; readonly configHash: string },
): Label[] {
  return [
    ...(container === undefined
      ? []
      : [
          { label: labels.configHash, value: container.configHash },
          { label: labels.service, value: container.service },
        ]),
    { label: labels.project, value: topology.project },
    { label: labels.release, value: topology.release },
    { label: labels.stack, value: topology.stack },
  ].sort((a, b) => (a.label < b.label ? -1 : 1));
}

/**
 * Fingerprint of what a container was asked to be: everything but the image and the secrets.
 * @param uploads the files without secret content
 * @returns 16 hexadecimal digits
 */
export function configHash(plan: ContainerPlan, uploads: readonly Upload[]): string {
  return createHash("sha256").update(canonicalJson({ plan, uploads })).digest("hex").slice(0, 16);
}

/**
 * A duration as Go prints it, which is how the engine returns it.
 * @param milliseconds a whole number
 */
export function goDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = (milliseconds % 60_000) / 1000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

function healthcheckSpec(check: HealthCheckPlan) {
  return {
    tests: [...check.tests],
    interval: goDuration(check.intervalSeconds * 1000),
    timeout: goDuration(check.timeoutSeconds * 1000),
    startPeriod: goDuration(check.startPeriodSeconds * 1000),
    ...(check.startIntervalMs === null ? {} : { startInterval: goDuration(check.startIntervalMs) }),
    retries: check.retries,
  };
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
