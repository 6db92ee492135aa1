import { beforeAll, describe, expect, test } from "vitest";
import { replayWithCli } from "./cli-replay.ts";
import { loadRecording } from "./recording.ts";
import { requirePulumi } from "./require-pulumi.ts";
import { withScenarioFolder } from "./scenario-folder.ts";
import { useStage } from "./use-stage.ts";

/**
 * A selection: both providers, replacement, update in place, half-made containers, adopted volumes.
 * The other test replays every recording without the CLI, which takes a tenth of the time.
 */
const SELECTED = (process.env["CONTRACT_CLI_RECORDINGS"] ?? "volume-retain,random,recipe").split(
  ",",
);

beforeAll(requirePulumi);
const stage = useStage();

describe("the Pulumi CLI makes the same calls and comes to the same end as with the official providers", () => {
  test.each(SELECTED)("%s", { timeout: 600_000 }, async (name) => {
    const recording = await loadRecording(name);
    const differences = await withScenarioFolder((folder) =>
      replayWithCli(recording, { folder, pulumi: "pulumi", ...stage() }),
    );
    expect(differences).toEqual([]);
  });
});
