import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeReport, type ReportFiles } from "./write.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "astratrade-report-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const write = (changes: Partial<ReportFiles> = {}): Promise<string> =>
  writeReport({
    root,
    stack: "dev",
    startedAt: new Date("2026-01-02T03:04:05.678Z"),
    runId: "3f2a9c1e-0000-4000-8000-000000000000",
    files: { "report.json": "{}\n", "report.md": "# x\n" },
    ...changes,
  });

describe("writeReport", () => {
  it("writes all files to a folder named after time and run, and points latest at it", async () => {
    const folder = await write();
    expect(folder).toBe(join(root, "dev", "20260102T030405Z-3f2a9c1e"));
    expect(await readFile(join(folder, "report.json"), "utf8")).toBe("{}\n");
    expect(await readFile(join(root, "dev", "latest", "report.md"), "utf8")).toBe("# x\n");
    expect(await readlink(join(root, "dev", "latest"))).toBe("20260102T030405Z-3f2a9c1e");
    expect((await readdir(join(root, "dev"))).sort()).toEqual([
      "20260102T030405Z-3f2a9c1e",
      "latest",
    ]);
  });

  it("moves latest to the newer run", async () => {
    await write();
    await write({ startedAt: new Date("2026-01-03T00:00:00Z"), runId: "aaaaaaaa-1" });
    expect(await readlink(join(root, "dev", "latest"))).toBe("20260103T000000Z-aaaaaaaa");
  });

  it("leaves no folder and the old latest when a file cannot be written", async () => {
    await write();
    const broken = write({
      runId: "bbbbbbbb-1",
      files: { "report.json": "{}", "no/such/folder.json": "" },
    });
    await expect(broken).rejects.toThrow("ENOENT");
    expect((await readdir(join(root, "dev"))).sort()).toEqual([
      "20260102T030405Z-3f2a9c1e",
      "latest",
    ]);
    expect(await readlink(join(root, "dev", "latest"))).toBe("20260102T030405Z-3f2a9c1e");
  });

  it("keeps the newest runs, and what is not a run", async () => {
    await mkdir(join(root, "dev", "notes"), { recursive: true });
    for (let day = 1; day <= 4; day++) {
      await write({ startedAt: new Date(`2026-01-0${day}T00:00:00Z`), keep: 2 });
    }
    expect((await readdir(join(root, "dev"))).sort()).toEqual([
      "20260103T000000Z-3f2a9c1e",
      "20260104T000000Z-3f2a9c1e",
      "latest",
      "notes",
    ]);
  });

  it("clears away what a run left that was killed long ago, and nothing younger", async () => {
    await mkdir(join(root, "dev", ".unfinished-old"), { recursive: true });
    await mkdir(join(root, "dev", ".unfinished-young"));
    await utimes(join(root, "dev", ".unfinished-old"), 0, 0);
    await write();
    expect((await readdir(join(root, "dev"))).sort()).toEqual([
      ".unfinished-young",
      "20260102T030405Z-3f2a9c1e",
      "latest",
    ]);
  });

  it("replaces a latest that is a file", async () => {
    await mkdir(join(root, "dev"));
    await writeFile(join(root, "dev", "latest"), "20250101T000000Z-00000000\n");
    await write();
    expect(await readlink(join(root, "dev", "latest"))).toBe("20260102T030405Z-3f2a9c1e");
  });

  it("writes the name to a file where links are refused", async () => {
    await write();
    const link = () => Promise.reject(Object.assign(new Error("no links"), { code: "EPERM" }));
    await write({ link, runId: "cccccccc-1" });
    expect(await readFile(join(root, "dev", "latest"), "utf8")).toBe("20260102T030405Z-cccccccc\n");
  });

  it.each(["../../etc", "..", "a/b"])(
    "stays below the root for a stack named %s",
    async (stack) => {
      const folder = await write({ stack });
      expect(folder.startsWith(`${root}/`)).toBe(true);
      expect((await readdir(root)).length).toBe(1);
    },
  );
});
