import type { Table } from "../schema/shape.ts";

/** The request that creates a container: its query, and its body in the engine's words. */
export interface ContainerSpec {
  name: string;
  /** Empty for the engine's own platform. */
  platform: string;
  readonly body: ContainerBody;
}

export interface ContainerBody {
  Image: string;
  Hostname?: string;
  Domainname?: string;
  User?: string;
  Cmd?: string[];
  Entrypoint?: string[];
  Env?: string[];
  WorkingDir?: string;
  Tty?: boolean;
  OpenStdin?: boolean;
  StopSignal?: string;
  StopTimeout?: number;
  Labels?: Record<string, string>;
  ExposedPorts?: Record<string, object>;
  Volumes?: Record<string, object>;
  Healthcheck?: Healthcheck;
  readonly HostConfig: HostConfig;
}

/** Durations are nanoseconds. */
export interface Healthcheck {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  /** Since API 1.44. */
  StartInterval?: number;
  Retries?: number;
}

export interface PortBinding {
  HostIp: string;
  HostPort: string;
}

export interface Mount {
  Type: string;
  Target: string;
  Source?: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    Subpath?: string;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

export interface Ulimit {
  Name: string;
  Soft: number;
  Hard: number;
}

export interface ThrottleDevice {
  Path: string;
  Rate: number;
}

/** What of the host a container gets. Sizes are bytes. */
export interface HostConfig {
  AutoRemove?: boolean;
  Binds?: string[] | null;
  VolumesFrom?: string[] | null;
  BlkioDeviceReadBps?: ThrottleDevice[];
  BlkioDeviceReadIOps?: ThrottleDevice[];
  BlkioDeviceWriteBps?: ThrottleDevice[];
  BlkioDeviceWriteIOps?: ThrottleDevice[];
  CapAdd?: string[] | null;
  CapDrop?: string[] | null;
  CgroupParent?: string;
  CgroupnsMode?: string;
  CpuPeriod?: number;
  CpuQuota?: number;
  CpuShares?: number;
  CpusetCpus?: string;
  DeviceCgroupRules?: string[] | null;
  DeviceRequests?: object[] | null;
  Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[] | null;
  Dns?: string[] | null;
  DnsOptions?: string[] | null;
  DnsSearch?: string[] | null;
  ExtraHosts?: string[] | null;
  GroupAdd?: string[] | null;
  Init?: boolean | null;
  IpcMode?: string;
  LogConfig?: { Type?: string; Config?: Record<string, string> | null };
  Memory?: number;
  MemoryReservation?: number;
  /** -1 is unlimited. */
  MemorySwap?: number;
  Mounts?: Mount[] | null;
  NanoCpus?: number;
  NetworkMode?: string;
  PidMode?: string;
  PortBindings?: Record<string, PortBinding[]> | null;
  Privileged?: boolean;
  PublishAllPorts?: boolean;
  ReadonlyRootfs?: boolean;
  RestartPolicy?: { Name?: string; MaximumRetryCount?: number };
  Runtime?: string;
  SecurityOpt?: string[] | null;
  ShmSize?: number;
  StorageOpt?: Record<string, string> | null;
  Sysctls?: Record<string, string> | null;
  Tmpfs?: Record<string, string> | null;
  Ulimits?: Ulimit[] | null;
  UsernsMode?: string;
}

/** One network of a container. */
export interface Endpoint {
  readonly Gateway: string;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly MacAddress: string;
  readonly Aliases?: readonly string[] | null;
}

/** A container as the engine describes it. */
export interface LiveContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Platform?: string;
  readonly State: {
    readonly Running: boolean;
    readonly Status: string;
    readonly ExitCode: number;
    readonly Error: string;
    readonly OOMKilled: boolean;
    readonly Health?: {
      readonly Status: string;
      readonly Log?: readonly { readonly ExitCode: number; readonly Output: string }[] | null;
    };
  };
  readonly Config: {
    readonly Image: string;
    readonly Hostname: string;
    readonly Domainname: string;
    readonly User: string;
    readonly Cmd: readonly string[] | null;
    readonly Entrypoint: readonly string[] | null;
    readonly WorkingDir: string;
    readonly Tty: boolean;
    readonly OpenStdin: boolean;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
    readonly Healthcheck?: Healthcheck | null;
  };
  readonly HostConfig: HostConfig;
  readonly NetworkSettings: {
    readonly Bridge?: string;
    readonly Ports?: Record<string, PortBinding[] | null> | null;
    readonly Networks?: Record<string, Endpoint> | null;
  };
}

export type ContainerTable = Table<ContainerSpec, LiveContainer>;

/** An empty request. `Init` is said explicitly, so that the engine's own default does not count. */
export function newSpec(): ContainerSpec {
  return { name: "", platform: "", body: { Image: "", HostConfig: { Init: false } } };
}

export const MIB = 1024 * 1024;

/** The official provider's number for the form of this state. */
export const SCHEMA_VERSION = "2";
