import { z } from "zod";

/** The engine leaves out, or writes null for, what is empty; each engine does it its own way. */
const text = z
  .string()
  .nullish()
  .transform((it) => it ?? "");
const count = z
  .number()
  .nullish()
  .transform((it) => it ?? 0);
const flag = z
  .boolean()
  .nullish()
  .transform((it) => it ?? false);
const texts = z
  .array(z.string())
  .nullish()
  .transform((it) => it ?? []);
const map = z
  .record(z.string(), z.string())
  .nullish()
  .transform((it) => it ?? {});
const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((it) => Object.keys(it ?? {}));
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((it) => it ?? []);
const mapOf = <T extends z.ZodType>(item: T) =>
  z
    .record(z.string(), item)
    .nullish()
    .transform((it) => it ?? {});

/** Durations are nanoseconds. */
const healthcheck = z
  .object({
    Test: texts,
    Interval: count,
    Timeout: count,
    StartPeriod: count,
    /** Engines before API 1.44 know none. */
    StartInterval: z.number().optional(),
    Retries: count,
  })
  .nullish()
  .transform((it) => it ?? null);

const processConfig = {
  User: text,
  Env: texts,
  Cmd: texts,
  Entrypoint: texts,
  WorkingDir: text,
  Labels: map,
  StopSignal: text,
  Healthcheck: healthcheck,
};

const hostConfig = z.object({
  AutoRemove: flag,
  BlkioWeight: count,
  CapAdd: texts,
  CapDrop: texts,
  CgroupParent: text,
  CpuPeriod: count,
  CpuQuota: count,
  CpuShares: count,
  CpusetCpus: text,
  CpusetMems: text,
  DeviceCgroupRules: texts,
  DeviceRequests: listOf(z.unknown()),
  Devices: listOf(z.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })),
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  Init: flag,
  IpcMode: text,
  Links: texts,
  LogConfig: z.object({ Type: text, Config: map }),
  /** Bytes, like all memory here. */
  Memory: count,
  MemoryReservation: count,
  /** Memory and swap together; -1 is unlimited. */
  MemorySwap: count,
  Mounts: listOf(
    z.object({
      Type: z.string(),
      Target: z.string(),
      TmpfsOptions: z.object({ SizeBytes: count, Mode: count }).nullish(),
    }),
  ),
  NanoCpus: count,
  NetworkMode: text,
  OomKillDisable: flag,
  OomScoreAdj: count,
  PidMode: text,
  PidsLimit: count,
  PortBindings: mapOf(listOf(z.object({ HostIp: text, HostPort: text }))),
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  RestartPolicy: z.object({ Name: text, MaximumRetryCount: count }),
  Runtime: text,
  SecurityOpt: texts,
  ShmSize: count,
  StorageOpt: map,
  Sysctls: map,
  Tmpfs: map,
  UTSMode: text,
  Ulimits: listOf(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })),
  UsernsMode: text,
});

const container = z.object({
  Id: z.string(),
  Name: z.string(),
  /** Image id. */
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    Running: flag,
    Paused: flag,
    Restarting: flag,
    ExitCode: count,
  }),
  Config: z.object({
    ...processConfig,
    Hostname: text,
    Domainname: text,
    Image: text,
    Tty: flag,
    OpenStdin: flag,
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: hostConfig,
  Mounts: listOf(
    z.object({ Type: z.string(), Name: text, Source: text, Destination: z.string(), RW: flag }),
  ),
  NetworkSettings: z.object({
    Networks: mapOf(
      z.object({
        Aliases: texts,
        NetworkID: text,
        IPAMConfig: z.object({ IPv4Address: text, IPv6Address: text }).nullish(),
      }),
    ),
  }),
});

const image = z.object({
  Id: z.string(),
  RepoTags: texts,
  Config: z.object({ ...processConfig, Volumes: keys }),
});

const network = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: text,
  Internal: flag,
  Attachable: flag,
  EnableIPv6: flag,
  IPAM: z.object({ Config: listOf(z.object({ Subnet: text, Gateway: text, IPRange: text })) }),
  Options: map,
  Labels: map,
  /** Running members, by id. */
  Containers: mapOf(z.object({ Name: text })),
});

const volume = z.object({ Name: z.string(), Driver: text, Options: map, Labels: map });

/** What the engine says about a container. Only what is compared is read. */
export type LiveContainer = z.infer<typeof container>;
export type LiveImage = z.infer<typeof image>;
export type LiveNetwork = z.infer<typeof network>;
export type LiveVolume = z.infer<typeof volume>;
export type LiveHealthcheck = z.infer<typeof healthcheck>;

export const parseContainer = (value: unknown): LiveContainer => container.parse(value);
export const parseImage = (value: unknown): LiveImage => image.parse(value);
export const parseNetwork = (value: unknown): LiveNetwork => network.parse(value);
export const parseVolume = (value: unknown): LiveVolume => volume.parse(value);

/** A file that was put into a container, as it is there now. */
export type LiveFile =
  | { readonly kind: "file"; readonly content: Buffer; readonly mode: number }
  | { readonly kind: "missing" }
  /** `a directory`, `a link`, `larger than 8 MiB`. */
  | { readonly kind: "other"; readonly what: string };
