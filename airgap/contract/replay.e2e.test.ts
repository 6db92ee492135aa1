import { describe, expect, test } from "vitest";
import { RECORDINGS, loadRecording } from "./recording.ts";
import { replay } from "./replay.ts";
import { withScenarioFolder } from "./scenario-folder.ts";
import { useStage } from "./use-stage.ts";

const stage = useStage();

describe("the providers do what the official ones were recorded to do", () => {
  test.each(RECORDINGS)("%s", { timeout: 300_000 }, async (name) => {
    const recording = await loadRecording(name);
    const differences = await withScenarioFolder((folder) =>
      replay(recording, { folder, ...stage() }),
    );
    expect(differences).toEqual([]);
  });
});
