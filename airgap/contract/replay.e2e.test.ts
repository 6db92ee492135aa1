import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundlePlugin } from "../plugin/bundle.ts";
import { ensureBaseImage } from "./base-image.ts";
import { removeLeftovers } from "./leftovers.ts";
import { RECORDINGS, loadRecording } from "./recording.ts";
import { replay } from "./replay.ts";
import { runDocker } from "./run-docker.ts";
import { withScenarioFolder } from "./scenario-folder.ts";
import { takeScenarioLock } from "./scenario-lock.ts";

/** Providers are run as they are installed: bundled, as processes, against the real engine. */
let folder: string;
let providers: Record<string, string>;
let arch: string;
let releaseLock: () => Promise<void>;

/** Another run of the scenarios on this machine may have to end first. */
const LOCK_TIMEOUT_MS = 60 * 60_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "contract-providers-"));
  providers = Object.fromEntries(
    await Promise.all(
      ["docker", "random"].map(async (name) => [name, await bundle(name)] as const),
    ),
  );
  releaseLock = await takeScenarioLock();
  [arch = "amd64"] = await runDocker("version", "--format", "{{.Server.Arch}}");
}, LOCK_TIMEOUT_MS);

afterAll(async () => {
  await releaseLock();
  await rm(folder, { recursive: true });
});

/** The recordings use fixed names and ports: the tests of one file run one after the other. */
describe("the providers do what the official ones were recorded to do", () => {
  beforeEach(async () => {
    await removeLeftovers();
    await ensureBaseImage();
  });
  afterEach(removeLeftovers);

  test.each(RECORDINGS)("%s", { timeout: 300_000 }, async (name) => {
    const recording = await loadRecording(name);
    const differences = await withScenarioFolder((scenario) =>
      replay(recording, { folder: scenario, providers, arch }),
    );
    expect(differences).toEqual([]);
  });
});

async function bundle(name: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await bundlePlugin(fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url)), outfile);
  return outfile;
}
