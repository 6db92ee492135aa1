import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildRuntime, type RuntimeBuild } from "./build.ts";

const run = promisify(execFile);
const projectDir = resolve(import.meta.dirname, "..");

let dir: string;
let built: RuntimeBuild;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-build-"));
  built = await buildRuntime(join(dir, "context"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function listModes(root: string): Promise<string[]> {
  const names = (await readdir(root, { recursive: true })).sort();
  return Promise.all(
    names.map(
      async (name) => `${name} ${((await stat(join(root, name))).mode & 0o777).toString(8)}`,
    ),
  );
}

/** Path and hash of every file: a difference is told in a line, not in a megabyte. */
async function listHashes(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const lines = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    const hash = createHash("sha256").update(await readFile(path));
    return `${path.slice(root.length + 1)} ${hash.digest("hex")}`;
  });
  return (await Promise.all(lines)).sort();
}

describe("the build context", () => {
  it("is a Dockerfile and the bundles, and small", () => {
    const paths = built.files.map(({ path }) => path);
    expect(paths).toContain("Dockerfile");
    expect(paths).toContain("app/main.mjs");
    expect(paths.every((path) => path === "Dockerfile" || /^app\/[\w-]+\.mjs$/.test(path))).toBe(
      true,
    );
    const bytes = built.files.reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBeLessThan(1.6 * 1024 * 1024);
  });

  it("is the same in another clone, under another umask, over an older build", async () => {
    const clone = join(dir, "elsewhere", "clone");
    for (const part of ["catalog", "runtime", "package.json", "tsconfig.json"]) {
      await cp(join(projectDir, part), join(clone, part), { recursive: true });
    }
    await symlink(join(projectDir, "node_modules"), join(clone, "node_modules"));
    const out = join(dir, "other");
    await buildRuntime(out);
    await cp(join(out, "app", "main.mjs"), join(out, "app", "chunk-OLD.mjs"));
    await run("bash", [
      "-c",
      `umask 077 && cd ${clone} && ${process.execPath} --import tsx runtime/build.ts --out ${out}`,
    ]);
    const context = join(dir, "context");
    expect(await listHashes(out)).toEqual(await listHashes(context));
    expect(await listModes(out)).toEqual(await listModes(context));
    expect(new Set((await listModes(context)).map((line) => line.split(" ")[1]))).toEqual(
      new Set(["644", "755"]),
    );
  });

  it("tells nothing of the folder it was built in", async () => {
    for (const { path } of built.files) {
      const content = await readFile(join(dir, "context", path), "utf8");
      expect([path, content.includes(projectDir)]).toEqual([path, false]);
    }
  });

  it("changes its digest with its sources", async () => {
    const clone = join(dir, "changed");
    for (const part of ["catalog", "runtime", "package.json", "tsconfig.json"]) {
      await cp(join(projectDir, part), join(clone, part), { recursive: true });
    }
    await symlink(join(projectDir, "node_modules"), join(clone, "node_modules"));
    await run("sed", ["-i", "s/0.001/0.002/", join(clone, "runtime/services/trading/trade.ts")]);
    const { stdout } = await run(
      process.execPath,
      ["--import", "tsx", "runtime/build.ts", "--out", join(dir, "changed-out")],
      { cwd: clone },
    );
    expect(stdout).toMatch(/sha256 [0-9a-f]{64}\n$/);
    expect(stdout).not.toContain(built.digest);
  });

  it("checks itself: every bundle can be loaded", async () => {
    const main = join(dir, "context", "app", "main.mjs");
    const { stdout } = await run(process.execPath, [main, "--check"], { env: {} });
    expect(stdout).toBe("gateway and 6 services can be loaded\n");
  });

  it("names everything that is wrong in the environment, and never the password", async () => {
    const main = join(dir, "context", "app", "main.mjs");
    const failed = (await run(process.execPath, [main], {
      env: { SERVICE_NAME: "trading", PORT: "0", REDIS_HOST: "", REDIS_PASSWORD: "word-of-pass" },
    }).catch((error: unknown) => error)) as { code: number; stderr: string };
    expect(failed.code).toBe(2);
    expect(failed.stderr).not.toContain("word-of-pass");
    expect(failed.stderr).toContain("REDIS_HOST (not set)");
    expect(failed.stderr).toContain('PORT ("0")');
    expect(failed.stderr).toContain("INSTANCE_ID (not set)");
  });
});
