import type Docker from "dockerode";
import type { EngineFacts } from "../../topology/machine-facts.ts";
import { type EngineAddress, engineAddresses, type AddressSources } from "./engine-address.ts";
import { connectEngine, type EngineEndpoint } from "./engine-client.ts";
import { isSsh } from "./ssh-command.ts";
import { withinDeadline } from "./within-deadline.ts";

/** An address where no engine answered, and the reason in words. */
export interface FailedAttempt {
  readonly address: EngineAddress;
  readonly reason: string;
}

export type EngineSearch =
  | { readonly found: true; readonly facts: EngineFacts; readonly source: string }
  | { readonly found: false; readonly attempts: readonly FailedAttempt[] };

/** An engine on this machine answers within milliseconds. */
const answerWithinMs = 5000;
/** ssh gives up by itself after ten seconds and says why, which is worth waiting for. */
const sshWithinMs = 15_000;

/** Asks every address in turn and takes the first that answers. */
export async function findEngine(sources: AddressSources): Promise<EngineSearch> {
  const attempts: FailedAttempt[] = [];
  for (const address of engineAddresses(sources)) {
    try {
      return { found: true, facts: await engineFacts(address), source: address.source };
    } catch (error) {
      attempts.push({ address, reason: reasonOf(error) });
    }
  }
  return { found: false, attempts };
}

/**
 * Asks an engine what it is.
 *
 * @throws Error when it does not answer within five seconds (fifteen by ssh), or not as an engine
 */
export async function engineFacts(address: EngineEndpoint): Promise<EngineFacts> {
  const client = connectEngine(address);
  const [version, info] = await withinDeadline(
    Promise.all([client.version(), systemInfo(client)]),
    isSsh(address.host) ? sshWithinMs : answerWithinMs,
  );
  return {
    host: address.host,
    ...(address.certPath !== undefined && { certPath: address.certPath }),
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: version.Os,
    arch: version.Arch,
    // Engines before 20.10 know version 1 only and do not say so.
    cgroupVersion: info.CgroupVersion === "2" ? 2 : 1,
    swapLimit: info.SwapLimit,
    memoryBytes: info.MemTotal,
    cpus: info.NCPU,
    storageDriver: info.Driver,
  };
}

interface SystemInfo {
  readonly CgroupVersion?: string;
  readonly SwapLimit: boolean;
  readonly MemTotal: number;
  readonly NCPU: number;
  readonly Driver: string;
}

async function systemInfo(client: Docker): Promise<SystemInfo> {
  return (await client.info()) as SystemInfo;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nothing listens there",
  EACCES: "this user may not use it (is the user in the group docker?)",
  ENOTFOUND: "the host name is not known",
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : reasons[code]) ?? message;
}
