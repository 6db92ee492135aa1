import type { Table } from "../schema/shape.ts";
import type { HostConfig, PortBinding } from "./host-config.ts";

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
