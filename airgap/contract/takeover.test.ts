import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFakeEngine } from "../docker/testing/fake-engine.ts";
import type { FakeEngine } from "../docker/testing/fake-engine.ts";
import { bundleProviders } from "./bundles.ts";
import { startProvider } from "./driver.ts";
import type { ProviderDriver } from "./driver.ts";
import { knownFor } from "./known-values.ts";
import { prepare } from "./prepare.ts";
import { snapshotsOf } from "./recorded-states.ts";
import { RECORDINGS, loadRecording } from "./recording.ts";
import { runBefore } from "./run-before.ts";
import { withScenarioFolder } from "./scenario-folder.ts";
import { takeOver } from "./takeover.ts";

/**
 * A stack moves from the official plugins to ours: each state that the official ones have left in a recording, with the
 * program that it came from, is no change for ours.
 */
let folder: string;
let engine: FakeEngine;
let drivers: Readonly<Record<string, ProviderDriver>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "contract-takeover-"));
  const bundles = await bundleProviders(folder);
  engine = await startFakeEngine({});
  drivers = {
    docker: await startProvider(bundles.docker, { host: engine.host }),
    random: await startProvider(bundles.random),
  };
}, 60_000);

afterAll(async () => {
  await Promise.all(Object.values(drivers).map((driver) => driver.stop()));
  await engine.close();
  await rm(folder, { recursive: true });
});

/** A memory limit without a swap limit is a change at each `up`, with the official provider too: the engine sets the other. */
const CHANGED_BY_ENGINE: Readonly<Record<string, readonly string[]>> = {
  "container-autoname": ["memorySwap"],
  "container-memory-no-swap": ["memorySwap"],
};

describe("a state of the official providers is no change for ours", () => {
  test.each(RECORDINGS)("%s", async (name) => {
    const recording = await loadRecording(name);
    const differences = await withScenarioFolder(async (scenario) => {
      const known = knownFor({ folder: scenario, arch: "amd64" });
      const found: string[] = [];
      for (const snapshot of snapshotsOf(recording)) {
        // What was done by hand to files is part of the program; what was done on the engine is in the states.
        for (const { before } of snapshot.steps) {
          if (before?.startsWith("echo ") === true) await runBefore(before, scenario, new Map());
        }
        for (const state of snapshot.states) {
          const driver = drivers[state.type.split(":")[0] ?? ""];
          if (driver === undefined) throw new Error(`there is no provider for ${state.type}`);
          const { inputs, changes, diffs } = await takeOver(state, driver, known);
          expect(inputs, snapshot.step).toEqual(prepare(known.translate(state.inputs)));
          if (changes !== "DIFF_NONE") found.push(...diffs);
        }
      }
      return [...new Set(found)];
    });
    expect(differences).toEqual(CHANGED_BY_ENGINE[name] ?? []);
  });

  test("no engine has anything to do with it", () => {
    expect(engine.seen.filter(({ route }) => !route.startsWith("GET "))).toEqual([]);
  });

  test("106 states are looked at", async () => {
    const counts = await Promise.all(
      RECORDINGS.map(async (name) => {
        const snapshots = snapshotsOf(await loadRecording(name));
        return [name, snapshots.flatMap(({ states }) => states).length] as const;
      }),
    );
    expect(Object.fromEntries(counts)).toEqual({
      "container-autoname": 2,
      "container-errors": 4,
      "container-full": 24,
      "container-health": 3,
      "container-memory-no-swap": 3,
      "container-minimal": 5,
      "container-readonly": 2,
      // What is left there is half-made, and is made anew.
      "container-wait-timeout": 0,
      image: 9,
      network: 5,
      random: 13,
      recipe: 24,
      "remote-image": 2,
      volume: 3,
      "volume-retain": 7,
    });
  });
});
