import { ResourceError } from "../../plugin/errors.ts";
import type { Value } from "../../plugin/values.ts";
import { DECIMAL, intFrom, matching } from "../schema/checks.ts";
import { asBlocks, asNumber, asText } from "../schema/read-values.ts";
import { INT, MAP, STRING, required, setOf } from "../schema/shape.ts";
import { asMap } from "../schema/read-values.ts";
import { MIB } from "./spec.ts";
import type { ThrottleDevice } from "./host-config.ts";
import type { ContainerTable } from "./spec.ts";

const THROTTLES = setOf({ path: required(STRING), rate: required(INT) });

/** How much of the machine the container may use. Memory is in MiB, as in the program. */
export const LIMITS: ContainerTable = {
  memory: {
    shape: intFrom(0),
    change: "update",
    write: ({ body }, value) => (body.HostConfig.Memory = asNumber(value) * MIB),
    read: (live) => toMib(live.HostConfig.Memory),
  },
  memoryReservation: {
    shape: intFrom(0),
    change: "update",
    default: 0,
    write: ({ body }, value) => (body.HostConfig.MemoryReservation = asNumber(value) * MIB),
    read: (live) => toMib(live.HostConfig.MemoryReservation),
  },
  /** Memory and swap together; -1 is unlimited, and what the engine reports where it cannot limit. */
  memorySwap: {
    shape: intFrom(-1),
    change: "update",
    write: ({ body }, value) =>
      (body.HostConfig.MemorySwap = asNumber(value) > 0 ? asNumber(value) * MIB : asNumber(value)),
    read: ({ HostConfig: { MemorySwap = 0 } }) => (MemorySwap > 0 ? toMib(MemorySwap) : MemorySwap),
  },
  shmSize: {
    shape: intFrom(0),
    change: "replace",
    computed: true,
    write: ({ body }, value) => (body.HostConfig.ShmSize = asNumber(value) * MIB),
    read: (live) => toMib(live.HostConfig.ShmSize),
  },
  cpus: {
    shape: DECIMAL,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.NanoCpus = toNanoCpus(asText(value))),
    read: ({ HostConfig: { NanoCpus = 0 } }, known) => {
      if (NanoCpus === 0) return null;
      const isKnown = typeof known === "string" && Number(known) * NANO === NanoCpus;
      return isKnown ? known : String(NanoCpus / NANO);
    },
  },
  cpuShares: {
    shape: intFrom(0),
    change: "update",
    write: ({ body }, value) => (body.HostConfig.CpuShares = asNumber(value)),
    read: (live) => live.HostConfig.CpuShares ?? 0,
  },
  cpuSet: {
    shape: matching(/^\d+([,-]\d+)*$/),
    change: "update",
    write: ({ body }, value) => (body.HostConfig.CpusetCpus = asText(value)),
    read: (live) => live.HostConfig.CpusetCpus ?? "",
  },
  cpuPeriod: {
    shape: intFrom(0),
    change: "inert",
    write: ({ body }, value) => (body.HostConfig.CpuPeriod = asNumber(value)),
  },
  cpuQuota: {
    shape: intFrom(0),
    change: "inert",
    write: ({ body }, value) => (body.HostConfig.CpuQuota = asNumber(value)),
  },
  ulimits: {
    shape: setOf({ name: required(STRING), soft: required(INT), hard: required(INT) }),
    change: "replace",
    write: ({ body }, value) => {
      body.HostConfig.Ulimits = asBlocks(value).map((limit) => ({
        Name: asText(limit["name"]),
        Soft: asNumber(limit["soft"]),
        Hard: asNumber(limit["hard"]),
      }));
    },
    read: (live) =>
      (live.HostConfig.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
        name: Name,
        soft: Soft,
        hard: Hard,
      })),
  },
  storageOpts: {
    shape: MAP,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.StorageOpt = asMap(value)),
    read: (live) => live.HostConfig.StorageOpt ?? {},
  },
  cgroupParent: {
    shape: STRING,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.CgroupParent = asText(value)),
  },
  deviceReadBps: {
    shape: THROTTLES,
    change: "update",
    write: ({ body }, value) => (body.HostConfig.BlkioDeviceReadBps = toThrottles(value)),
  },
  deviceReadIops: {
    shape: THROTTLES,
    change: "update",
    write: ({ body }, value) => (body.HostConfig.BlkioDeviceReadIOps = toThrottles(value)),
  },
  deviceWriteBps: {
    shape: THROTTLES,
    change: "update",
    write: ({ body }, value) => (body.HostConfig.BlkioDeviceWriteBps = toThrottles(value)),
  },
  deviceWriteIops: {
    shape: THROTTLES,
    change: "update",
    write: ({ body }, value) => (body.HostConfig.BlkioDeviceWriteIOps = toThrottles(value)),
  },
};

/** The engine counts CPUs in billionths. */
const NANO = 1e9;

function toNanoCpus(text: string): number {
  const nano = Number(text) * NANO;
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new ResourceError(
      `Error setting cpus: failed to parse ${text} as a number of CPUs such as 0.5`,
    );
  }
  if (!Number.isInteger(Number(nano.toPrecision(15)))) {
    throw new ResourceError(
      `Error setting cpus: ${text} is too precise; the engine counts billionths`,
    );
  }
  return Math.round(nano);
}

function toMib(bytes: number | undefined): number {
  return Math.floor((bytes ?? 0) / MIB);
}

function toThrottles(value: Value): ThrottleDevice[] {
  return asBlocks(value).map((one) => ({ Path: asText(one["path"]), Rate: asNumber(one["rate"]) }));
}
