import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { ensureBaseImage } from "./base-image.ts";
import { bundleProviders } from "./bundles.ts";
import type { Bundles } from "./bundles.ts";
import { removeLeftovers } from "./leftovers.ts";
import { runDocker } from "./run-docker.ts";
import { takeScenarioLock } from "./scenario-lock.ts";

/** What the tests against the engine share: plugins as they are installed, and an engine without leftovers. */
export interface PreparedStage {
  readonly bundles: Bundles;
  /** The architecture of the engine in Go's words. */
  readonly arch: string;
}

/** Another run of the scenarios on this machine may have to end first. */
const LOCK_TIMEOUT_MS = 60 * 60_000;

/**
 * Prepares the engine and the plugins for the tests of a file. The recordings use fixed names and ports, so one file at a
 * time has the engine, and its tests run one after the other.
 *
 * @returns gives the stage to a test
 */
export function useStage(): () => PreparedStage {
  let folder: string | undefined;
  let releaseLock: (() => Promise<void>) | undefined;
  let stage: PreparedStage | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contract-plugins-"));
    const bundles = await bundleProviders(folder);
    releaseLock = await takeScenarioLock();
    const [arch = "amd64"] = await runDocker("version", "--format", "{{.Server.Arch}}");
    stage = { bundles, arch };
  }, LOCK_TIMEOUT_MS);
  afterAll(async () => {
    await releaseLock?.();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await removeLeftovers();
    await ensureBaseImage();
  });
  afterEach(removeLeftovers);

  return () => {
    if (stage === undefined) throw new Error("the stage is ready when a test begins");
    return stage;
  };
}
