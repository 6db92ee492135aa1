import type { Probe } from "./probe.ts";

/** Asks the engine what it is and what it can limit. */
export const probeEngine: Probe<"engine"> = async ({ engine }) => {
  const [info, version] = await Promise.all([
    engine.info() as Promise<EngineInfo>,
    engine.version(),
  ]);
  return {
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: info.OperatingSystem,
    architecture: info.Architecture,
    kernel: info.KernelVersion,
    cgroupVersion: info.CgroupVersion === "2" ? "2" : "1",
    cgroupDriver: info.CgroupDriver,
    storageDriver: info.Driver,
    swapLimit: info.SwapLimit,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
  };
};

/** What the client's types leave open. Engines before 20.10 know cgroup v1 only and do not name the version. */
interface EngineInfo {
  readonly OperatingSystem: string;
  readonly Architecture: string;
  readonly KernelVersion: string;
  readonly CgroupVersion?: string;
  readonly CgroupDriver: string;
  readonly Driver: string;
  readonly SwapLimit: boolean;
  readonly NCPU: number;
  readonly MemTotal: number;
}
