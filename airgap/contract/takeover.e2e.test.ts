import { beforeAll, describe, expect, test } from "vitest";
import { importOfficialState } from "./cli-takeover.ts";
import { knownFor } from "./known-values.ts";
import { snapshotsOf } from "./recorded-states.ts";
import { loadRecording } from "./recording.ts";
import { replay } from "./replay.ts";
import { requirePulumi } from "./require-pulumi.ts";
import { withScenarioFolder } from "./scenario-folder.ts";
import { useStage } from "./use-stage.ts";

/**
 * A selection with every type of resource, and the settings that the platform uses; takeover.test.ts has all of them, without
 * the CLI. Each is one state of a recording: after that step.
 */
const SELECTED: readonly (readonly [recording: string, step: string])[] = [
  ["container-full", "create"],
  ["recipe", "create"],
  ["volume-retain", "labels-ignored"],
  ["image", "container-by-digest"],
  ["remote-image", "local-create"],
  ["random", "create"],
];

beforeAll(requirePulumi);
const stage = useStage();

describe("a stack that the official plugins have deployed is no change for ours", () => {
  test.each(SELECTED)("%s, after %s", { timeout: 300_000 }, async (name, step) => {
    const snapshot = snapshotsOf(await loadRecording(name)).find((it) => it.step === step);
    if (snapshot === undefined) throw new Error(`${name} has no state after ${step}`);
    await withScenarioFolder(async (folder) => {
      const here = { folder, pulumi: "pulumi", ...stage() };
      const known = knownFor(here);
      // The objects are made here first, so that the state is about something that a refresh finds.
      expect(await replay(snapshot.steps, here, known)).toEqual([]);
      const preview = await importOfficialState(snapshot, here, known);
      for (const args of [[], ["--refresh"]]) {
        const { exit, output } = await preview(...args);
        expect(exit, `preview ${args.join(" ")}: ${output}`).toBe(0);
      }
    });
  });
});
