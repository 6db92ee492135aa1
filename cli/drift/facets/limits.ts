import { prefixed } from "../drift-item.ts";
import { bytesText, mebibyte, property, type Facet } from "../subject.ts";

/** How much of the machine the container may use. */
export const limitFacets: readonly Facet[] = [
  property(
    "memory",
    ({ inputs }) => bytesText((inputs.memory ?? 0) * mebibyte),
    ({ HostConfig }) => bytesText(HostConfig.Memory),
  ),
  property(
    "memoryReservation",
    ({ inputs }) => bytesText((inputs.memoryReservation ?? 0) * mebibyte),
    ({ HostConfig }) => bytesText(HostConfig.MemoryReservation),
  ),
  property(
    "memorySwap",
    // Without a value the engine allows as much swap as memory.
    ({ inputs: { memory, memorySwap } }) => swapText(memorySwap ?? 2 * (memory ?? 0)),
    ({ HostConfig }) => bytesText(HostConfig.MemorySwap),
  ),
  property(
    "cpus",
    ({ inputs }) => cpusText(Number(inputs.cpus ?? 0)),
    ({ HostConfig }) => cpusText(HostConfig.NanoCpus / 1e9),
  ),
  property(
    "cpuQuota",
    ({ inputs }) => `${inputs.cpuQuota ?? 0} of ${inputs.cpuPeriod ?? 0}`,
    ({ HostConfig }) => `${HostConfig.CpuQuota} of ${HostConfig.CpuPeriod}`,
  ),
  property(
    "cpuShares",
    ({ inputs }) => String(inputs.cpuShares ?? 0),
    ({ HostConfig }) => String(HostConfig.CpuShares),
  ),
  property(
    "cpuSet",
    ({ inputs }) => inputs.cpuSet || "any",
    ({ HostConfig }) => HostConfig.CpusetCpus || "any",
  ),
  property(
    "cpuSetMemory",
    () => "any",
    ({ HostConfig }) => HostConfig.CpusetMems || "any",
  ),
  property(
    "pidsLimit",
    () => "none",
    // Engines write "no limit" as 0 or as -1.
    ({ HostConfig: { PidsLimit } }) => (PidsLimit > 0 ? String(PidsLimit) : "none"),
  ),
  property(
    "blkioWeight",
    () => "0",
    ({ HostConfig }) => String(HostConfig.BlkioWeight),
  ),
  property(
    "oomScoreAdj",
    () => "0",
    ({ HostConfig }) => String(HostConfig.OomScoreAdj),
  ),
  property(
    "oomKillDisable",
    () => "false",
    ({ HostConfig }) => String(HostConfig.OomKillDisable),
  ),
  property(
    "shmSize",
    // The engine's own setting where the program has none, so that what it chose at the time is what holds.
    ({ inputs, outputs }, { live }) => {
      const wanted = inputs.shmSize ?? outputs.shmSize;
      return bytesText(wanted == null ? live.HostConfig.ShmSize : wanted * mebibyte);
    },
    ({ HostConfig }) => bytesText(HostConfig.ShmSize),
  ),
  property(
    "cgroupParent",
    ({ inputs }) => inputs.cgroupParent || "none",
    ({ HostConfig }) => HostConfig.CgroupParent || "none",
  ),
  {
    expected: ({ deployed }) =>
      Object.fromEntries(
        deployed.inputs.ulimits.map(({ name, soft, hard }) => [
          `ulimit.${name}`,
          `${soft}:${hard}`,
        ]),
      ),
    actual: ({ live }) =>
      Object.fromEntries(
        live.HostConfig.Ulimits.map(({ Name, Soft, Hard }) => [
          `ulimit.${Name}`,
          `${Soft}:${Hard}`,
        ]),
      ),
  },
  {
    expected: ({ deployed }) => prefixed("storageOpt.", deployed.inputs.storageOpts ?? {}),
    actual: ({ live }) => prefixed("storageOpt.", live.HostConfig.StorageOpt),
  },
];

function swapText(mebibytes: number): string {
  return bytesText(mebibytes > 0 ? mebibytes * mebibyte : mebibytes);
}

function cpusText(cpus: number): string {
  return cpus === 0 ? "none" : String(cpus);
}
