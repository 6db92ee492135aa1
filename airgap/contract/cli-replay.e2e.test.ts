import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundlePlugin } from "../plugin/bundle.ts";
import { ensureBaseImage } from "./base-image.ts";
import type { Bundles } from "./cli-project.ts";
import { replayWithCli } from "./cli-replay.ts";
import { removeLeftovers } from "./leftovers.ts";
import { loadRecording } from "./recording.ts";
import { runDocker } from "./run-docker.ts";
import { withScenarioFolder } from "./scenario-folder.ts";
import { takeScenarioLock } from "./scenario-lock.ts";

/**
 * A selection: both providers, replacement, update in place, half-made containers, adopted volumes.
 * The other test replays every recording without the CLI, which takes a tenth of the time.
 */
const SELECTED = (process.env["CONTRACT_CLI_RECORDINGS"] ?? "volume-retain,random,recipe").split(
  ",",
);

let folder: string;
let bundles: Bundles;
let arch: string;
let releaseLock: () => Promise<void>;

/** Another run of the scenarios on this machine may have to end first. */
const LOCK_TIMEOUT_MS = 60 * 60_000;

beforeAll(async () => {
  await promisify(execFile)("pulumi", ["version"]).catch(() => {
    throw new Error("these tests need the Pulumi CLI on the PATH; npm test puts it there");
  });
  folder = await mkdtemp(join(tmpdir(), "contract-plugins-"));
  const bundle = async (name: string) => {
    const outfile = join(folder, `${name}.mjs`);
    await bundlePlugin(fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url)), outfile);
    return outfile;
  };
  bundles = {
    docker: await bundle("docker"),
    random: await bundle("random"),
    languageHost: await bundle("language-nodejs"),
  };
  releaseLock = await takeScenarioLock();
  [arch = "amd64"] = await runDocker("version", "--format", "{{.Server.Arch}}");
}, LOCK_TIMEOUT_MS);

afterAll(async () => {
  await releaseLock();
  await rm(folder, { recursive: true });
});

describe("the Pulumi CLI makes the same calls and comes to the same end as with the official providers", () => {
  beforeEach(async () => {
    await removeLeftovers();
    await ensureBaseImage();
  });
  afterEach(removeLeftovers);

  test.each(SELECTED)("%s", { timeout: 600_000 }, async (name) => {
    const recording = await loadRecording(name);
    const differences = await withScenarioFolder((scenario) =>
      replayWithCli(recording, { folder: scenario, bundles, pulumi: "pulumi", arch }),
    );
    expect(differences).toEqual([]);
  });
});
