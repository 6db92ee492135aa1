import { z } from "zod";
import { containerType, networkType, volumeType } from "../../topology/policies/policy.ts";
import { revealSecret, type StackState, type StateResource } from "../pulumi/stack-state.ts";

const text = z.string().nullish();
const count = z.number().nullish();
const flag = z.boolean().nullish();
const texts = z.array(z.string()).nullish();
const map = z.record(z.string(), z.string()).nullish();
const labels = z.array(z.object({ label: z.string(), value: z.string() })).nullish();
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((it) => it ?? []);

/** Inputs of a container, in the provider's words and units: MiB, cores as text, durations as Go writes them. */
const containerInputs = z.object({
  name: z.string(),
  image: z.string(),
  command: texts,
  entrypoints: texts,
  envs: listOf(z.string()),
  labels,
  user: text,
  workingDir: text,
  hostname: text,
  domainname: text,
  tty: flag,
  stdinOpen: flag,
  init: flag,
  stopSignal: text,
  stopTimeout: count,
  groupAdds: texts,
  memory: count,
  memoryReservation: count,
  memorySwap: count,
  cpus: text,
  cpuShares: count,
  cpuSet: text,
  cpuPeriod: count,
  cpuQuota: count,
  shmSize: count,
  ulimits: listOf(z.object({ name: z.string(), soft: z.number(), hard: z.number() })),
  storageOpts: map,
  cgroupParent: text,
  restart: text,
  maxRetryCount: count,
  start: flag,
  rm: flag,
  healthcheck: z
    .object({
      tests: z.array(z.string()),
      interval: text,
      timeout: text,
      startPeriod: text,
      startInterval: text,
      retries: count,
    })
    .nullish(),
  networkMode: text,
  networksAdvanced: listOf(
    z.object({ name: z.string(), aliases: texts, ipv4Address: text, ipv6Address: text }),
  ),
  ports: listOf(z.object({ internal: z.number(), external: count, ip: text, protocol: text })),
  publishAllPorts: flag,
  dns: texts,
  dnsOpts: texts,
  dnsSearches: texts,
  hosts: listOf(z.object({ host: z.string(), ip: z.string() })),
  volumes: listOf(
    z.object({
      containerPath: text,
      volumeName: text,
      hostPath: text,
      readOnly: flag,
    }),
  ),
  mounts: listOf(
    z.object({
      target: z.string(),
      type: z.string(),
      source: text,
      readOnly: flag,
      tmpfsOptions: z.object({ sizeBytes: count, mode: count }).nullish(),
    }),
  ),
  tmpfs: map,
  uploads: listOf(
    z.object({
      file: z.string(),
      content: text,
      contentBase64: text,
      executable: flag,
      permissions: text,
    }),
  ),
  capabilities: z.object({ adds: texts, drops: texts }).nullish(),
  privileged: flag,
  readOnly: flag,
  securityOpts: texts,
  sysctls: map,
  usernsMode: text,
  pidMode: text,
  ipcMode: text,
  runtime: text,
  devices: listOf(z.object({ hostPath: z.string(), containerPath: text, permissions: text })),
  logDriver: text,
  logOpts: map,
});

/** What the engine chose when the container was made, where the program leaves it open. */
const containerOutputs = z.object({ ipcMode: text, runtime: text, shmSize: count, logOpts: map });

const networkInputs = z.object({
  name: z.string(),
  driver: text,
  internal: flag,
  attachable: flag,
  ipv6: flag,
  ipamConfigs: listOf(z.object({ subnet: text, gateway: text, ipRange: text })),
  options: map,
  labels,
});

/** The engine may add options of its own when a network is made. */
const networkOutputs = z.object({ options: map });

const volumeInputs = z.object({ name: z.string(), driver: text, driverOpts: map, labels });

export interface DeployedContainer {
  readonly urn: string;
  readonly id: string;
  readonly inputs: z.infer<typeof containerInputs>;
  readonly outputs: z.infer<typeof containerOutputs>;
  /** Whether the state keeps the environment as a secret, since one variable at least is one. */
  readonly hasSecretEnv: boolean;
  readonly hasSecretUploads: boolean;
}

export interface DeployedNetwork {
  readonly urn: string;
  readonly id: string;
  readonly inputs: z.infer<typeof networkInputs>;
  readonly outputs: z.infer<typeof networkOutputs>;
}

export interface DeployedVolume {
  readonly urn: string;
  readonly inputs: z.infer<typeof volumeInputs>;
}

/** What the program asked for when it ran last. */
export interface Deployed {
  readonly containers: readonly DeployedContainer[];
  readonly networks: readonly DeployedNetwork[];
  readonly volumes: readonly DeployedVolume[];
}

/** Reads containers, networks and volumes out of a state that was read with its secrets. */
export function readDeployed({ resources }: StackState): Deployed {
  const present = resources.filter((it) => !it.delete);
  const ofType = (type: string) => present.filter((it) => it.type === type);
  return {
    containers: ofType(containerType).map(readContainer),
    networks: ofType(networkType).map(({ urn, id, inputs, outputs }) => ({
      urn,
      id,
      inputs: networkInputs.parse(openAll(inputs)),
      outputs: networkOutputs.parse(openAll(outputs)),
    })),
    volumes: ofType(volumeType).map(({ urn, inputs }) => ({
      urn,
      inputs: volumeInputs.parse(openAll(inputs)),
    })),
  };
}

function readContainer({ urn, id, inputs, outputs }: StateResource): DeployedContainer {
  return {
    urn,
    id,
    inputs: containerInputs.parse(openAll(inputs)),
    outputs: containerOutputs.parse(openAll(outputs)),
    hasSecretEnv: holdsSecret(inputs.envs),
    hasSecretUploads: holdsSecret(inputs.uploads),
  };
}

/** Takes the wrapping off every secret in a value, however deep. */
function openAll(wrapped: unknown): unknown {
  const { value } = revealSecret(wrapped);
  if (Array.isArray(value)) return value.map(openAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, openAll(inner)]));
}

function holdsSecret(wrapped: unknown): boolean {
  const { value, isSecret } = revealSecret(wrapped);
  if (isSecret) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}
