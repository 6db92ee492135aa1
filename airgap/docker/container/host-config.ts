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
