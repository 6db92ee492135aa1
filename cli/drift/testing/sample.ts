import { parseStackState } from "../../pulumi/stack-state.ts";
import { readDeployed, type DeployedContainer } from "../deployed.ts";
import { parseContainer, parseImage, type LiveFile } from "../live.ts";
import type { Subject } from "../subject.ts";
import { createVeil } from "../veil.ts";

/** Inputs of a container as the program gives them, without what the provider adds. */
export interface SampleInputs {
  name: string;
  image: string;
  command?: string[];
  envs: string[];
  labels: { label: string; value: string }[];
  user: string;
  readOnly: boolean;
  mounts?: { type: string; target: string; tmpfsOptions: { sizeBytes: number } }[];
  volumes?: { volumeName: string; containerPath: string }[];
  uploads?: { file: string; content: string; permissions: string }[];
  init: boolean;
  capabilities: { drops: string[] };
  securityOpts: string[];
  memory: number;
  memorySwap: number;
  cpus: string;
  restart: string;
  ports: { internal: number; external: number; ip: string; protocol: string }[];
  networksAdvanced: { name: string; aliases: string[] }[];
  healthcheck: {
    tests: string[];
    interval: string;
    timeout: string;
    startPeriod: string;
    startInterval: string;
    retries: number;
  };
  stopTimeout: number;
  destroyGraceSeconds: number;
  logDriver: string;
  logOpts: Record<string, string>;
}

export const containerId = "c8791d393c47".padEnd(64, "0");
export const imageId = `sha256:${"5860".padEnd(64, "0")}`;
export const networkId = "127b81579648".padEnd(64, "0");

/** A container as the deployer makes them. */
export const sampleInputs: SampleInputs = {
  name: "trading-service",
  image: imageId,
  envs: ["LOG_LEVEL=info", "PORT=8001", "REDIS_PASSWORD=correct-horse"],
  labels: [
    { label: "io.astratrade.project", value: "astratrade" },
    { label: "io.astratrade.release", value: "0.1.0" },
    { label: "io.astratrade.stack", value: "dev" },
  ],
  user: "1000:1000",
  readOnly: true,
  mounts: [{ type: "tmpfs", target: "/tmp", tmpfsOptions: { sizeBytes: 64 * 1024 * 1024 } }],
  volumes: [{ volumeName: "astratrade-dev-data", containerPath: "/data" }],
  uploads: [{ file: "/etc/app.conf", content: "interval: 5s\n", permissions: "0444" }],
  init: true,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  memory: 512,
  memorySwap: 512,
  cpus: "0.5",
  restart: "unless-stopped",
  ports: [{ internal: 8001, external: 18001, ip: "127.0.0.1", protocol: "tcp" }],
  networksAdvanced: [{ name: "astratrade-dev-trading", aliases: ["trading-service"] }],
  healthcheck: {
    tests: ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8001"],
    interval: "3s",
    timeout: "3s",
    startPeriod: "1m30s",
    startInterval: "0s",
    retries: 5,
  },
  stopTimeout: 15,
  destroyGraceSeconds: 15,
  logDriver: "json-file",
  logOpts: { "max-file": "3", "max-size": "10m" },
};

export function secretOf(value: unknown): object {
  return {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  };
}

/** The container out of a state, read as the real ones are. */
export function deployedOf(
  inputs: SampleInputs,
  secret: readonly ("envs" | "uploads")[] = ["envs"],
): DeployedContainer {
  const wrapped = Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key,
      secret.some((it) => it === key) ? secretOf(value) : (value as unknown),
    ]),
  );
  const state = parseStackState({
    deployment: {
      resources: [
        {
          urn: "urn:pulumi:dev::astratrade::docker:index/container:Container::trading",
          type: "docker:index/container:Container",
          id: containerId,
          inputs: { ...wrapped, __defaults: ["mustRun", "networkMode"], networkMode: "bridge" },
          outputs: { ipcMode: "private", runtime: "runc", shmSize: 64, logOpts: inputs.logOpts },
        },
      ],
    },
  });
  const [deployed] = readDeployed(state).containers;
  if (deployed === undefined) throw new Error("The sample has no container.");
  return deployed;
}

/** What the engine says about the image. */
export const imageDocument = {
  Id: imageId,
  RepoTags: ["astratrade/runtime:dev"],
  Config: {
    User: "1000:1000",
    Env: ["PATH=/usr/bin:/bin", "NODE_ENV=production"],
    Cmd: ["node", "/app/main.mjs"],
    Entrypoint: ["docker-entrypoint.sh"],
    WorkingDir: "/app",
    Labels: { "astratrade.image.kind": "fallback" },
    Volumes: null,
    Healthcheck: null,
  },
};

/** What an engine of version 20.10 says about a container made from the inputs. A test may change any of it. */
export function documentOf(inputs: SampleInputs) {
  const bytes = (mebibytes: number) => (mebibytes < 0 ? -1 : mebibytes * 1024 * 1024);
  return {
    Id: containerId,
    Name: `/${inputs.name}`,
    Image: imageId,
    State: { Status: "running", Running: true, Paused: false, Restarting: false, ExitCode: 0 },
    Config: {
      Hostname: containerId.slice(0, 12),
      Domainname: "",
      User: inputs.user,
      Tty: false,
      OpenStdin: false,
      Env: [...inputs.envs, ...imageDocument.Config.Env],
      Cmd: inputs.command ?? imageDocument.Config.Cmd,
      Entrypoint: imageDocument.Config.Entrypoint,
      Image: inputs.image,
      WorkingDir: "/app",
      Labels: {
        ...imageDocument.Config.Labels,
        ...Object.fromEntries(inputs.labels.map(({ label, value }) => [label, value])),
      } as Record<string, string>,
      StopTimeout: inputs.stopTimeout,
      Healthcheck: {
        Test: inputs.healthcheck.tests,
        Interval: 3e9,
        Timeout: 3e9,
        StartPeriod: 90e9,
        Retries: inputs.healthcheck.retries,
      },
    },
    HostConfig: {
      Binds: (inputs.volumes ?? []).map((it) => `${it.volumeName}:${it.containerPath}:rw`),
      CapAdd: [] as string[] | null,
      CapDrop: inputs.capabilities.drops,
      CgroupParent: "",
      CpuPeriod: 0,
      CpuQuota: 0,
      CpuShares: 0,
      CpusetCpus: "",
      CpusetMems: "",
      BlkioWeight: 0,
      Devices: null as object[] | null,
      Dns: null as string[] | null,
      ExtraHosts: null as string[] | null,
      GroupAdd: null as string[] | null,
      Init: inputs.init,
      IpcMode: "private",
      LogConfig: { Type: inputs.logDriver, Config: { ...inputs.logOpts } },
      Memory: bytes(inputs.memory),
      MemoryReservation: 0,
      MemorySwap: bytes(inputs.memorySwap),
      Mounts: (inputs.mounts ?? []).map(({ type, target, tmpfsOptions }) => ({
        Type: type,
        Target: target,
        TmpfsOptions: { SizeBytes: tmpfsOptions.sizeBytes },
      })),
      NanoCpus: Number(inputs.cpus) * 1e9,
      NetworkMode: "bridge",
      OomKillDisable: false as boolean | null,
      PidMode: "",
      PidsLimit: null as number | null,
      PortBindings: Object.fromEntries(
        inputs.ports.map(({ internal, external, ip, protocol }) => [
          `${internal}/${protocol}`,
          [{ HostIp: ip, HostPort: String(external) }],
        ]),
      ),
      Privileged: false,
      PublishAllPorts: false,
      ReadonlyRootfs: inputs.readOnly,
      RestartPolicy: { Name: inputs.restart, MaximumRetryCount: 0 },
      Runtime: "runc",
      SecurityOpt: inputs.securityOpts,
      ShmSize: 64 * 1024 * 1024,
      Sysctls: null as Record<string, string> | null,
      Ulimits: null as object[] | null,
      UsernsMode: "",
      UTSMode: "",
    },
    Mounts: [
      ...(inputs.volumes ?? []).map(({ volumeName, containerPath }) => ({
        Type: "volume",
        Name: volumeName,
        Source: `/var/lib/docker/volumes/${volumeName}/_data`,
        Destination: containerPath,
        RW: true,
      })),
      ...(inputs.mounts ?? []).map(({ target }) => ({
        Type: "tmpfs",
        Name: "",
        Source: "",
        Destination: target,
        RW: true,
      })),
    ],
    NetworkSettings: {
      Networks: Object.fromEntries(
        inputs.networksAdvanced.map(({ name, aliases }) => [
          name,
          {
            Aliases: [...aliases, containerId.slice(0, 12)] as string[] | null,
            NetworkID: networkId,
            IPAMConfig: {},
          },
        ]),
      ),
    },
  };
}

export type ContainerDocument = ReturnType<typeof documentOf>;

/** Both sides of a container, the engine's as a test has changed it. */
export function subjectOf(
  inputs: SampleInputs,
  document: ContainerDocument,
  options: {
    readonly secret?: readonly ("envs" | "uploads")[];
    readonly secrets?: readonly string[];
    readonly plain?: readonly string[];
    readonly files?: ReadonlyMap<string, LiveFile>;
  } = {},
): Subject {
  const image = parseImage(imageDocument);
  return {
    deployed: deployedOf(inputs, options.secret),
    live: parseContainer(document),
    wantedImage: image,
    liveImage: document.Image === imageId ? image : { ...image, Id: document.Image, RepoTags: [] },
    networkIds: new Map(inputs.networksAdvanced.map(({ name }) => [name, networkId])),
    files: options.files ?? filesOf(inputs),
    plainVariables: new Set(options.plain ?? ["LOG_LEVEL", "PORT"]),
    veil: createVeil({ key: Buffer.from("key"), secrets: options.secrets ?? ["correct-horse"] }),
  };
}

/** The uploaded files, as they were put there. */
export function filesOf({ uploads = [] }: SampleInputs): Map<string, LiveFile> {
  return new Map(
    uploads.map(({ file, content, permissions }) => [
      file,
      { kind: "file", content: Buffer.from(content), mode: parseInt(permissions, 8) },
    ]),
  );
}
