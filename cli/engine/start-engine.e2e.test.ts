import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryRoot } from "../paths.ts";

/**
 * Starts a second engine as on a machine of its own: new mounts, network and process ids, so that /run, the engine's
 * data and its bridge are private, and everything ends with the first process of the namespace.
 */
const canIsolate =
  process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/sbin/dockerd");

/** On the machine's own disk: an engine's layers cannot lie on those of another. */
const folderParent = "/var/tmp";

const inNamespace = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /var/lib/docker "$FOLDER/data"
mount --bind "$FOLDER/data" /var/lib/docker
exec "$NODE" --import tsx cli/engine/testing/engine-life.ts
`;

describe.runIf(canIsolate)("startEngine without systemd", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(folderParent, "astratrade-engine-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("starts, survives its starter, and copes with what a killed engine leaves", async () => {
    const { stdout } = await promisify(execFile)(
      "unshare",
      ["--mount", "--net", "--pid", "--fork", "--mount-proc", "sh", "-c", inNamespace],
      {
        cwd: repositoryRoot,
        timeout: 300_000,
        env: {
          ...process.env,
          FOLDER: folder,
          NODE: process.execPath,
          ASTRATRADE_HOME: join(folder, "home"),
        },
      },
    );
    const steps = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(steps).toEqual([
      { step: "first start", engine: "answers", notice: true, log: true, ownGroup: true },
      { step: "while it runs", engine: "answers", samePid: true },
      { step: "after it was killed", engine: "answers", samePid: false },
      { step: "with its pid taken by another program", engine: "answers", samePid: false },
      { step: "with a broken configuration", engine: "fails", exitCode: 3, showsLog: true },
    ]);
  });
});
