import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askPulumi, type PulumiSetting } from "../pulumi/run-pulumi.ts";

/** Drops the pending operations of a stack: Pulumi itself leaves them out of a state that it imports. */
export async function dropPending(setting: PulumiSetting, stack: string): Promise<void> {
  await importState(
    setting,
    stack,
    await askPulumi(setting, ["stack", "export", "--stack", stack]),
  );
}

/** Gives a stack another state, in the form of `pulumi stack export`. */
export async function importState(
  setting: PulumiSetting,
  stack: string,
  state: string,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "astratrade-state-"));
  try {
    const file = join(folder, "state.json");
    writeFileSync(file, state, { mode: 0o600 });
    await askPulumi(setting, ["stack", "import", "--stack", stack, "--file", file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
