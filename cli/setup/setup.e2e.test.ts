import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import { type Paths, resolvePaths } from "../paths.ts";
import { pulumiEnvironment, renderShell } from "./pulumi-env.ts";
import { runSetup } from "./setup.ts";

/** A home of its own; the cache is the machine's, since building the CLI anew would take minutes. */
describe("runSetup on this machine", () => {
  let folder: string;
  let paths: Paths;
  let env: Record<string, string | undefined>;
  let first: MachineFacts;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "astratrade-setup-"));
    env = { ...process.env, ASTRATRADE_HOME: join(folder, "a home") };
    paths = resolvePaths({ env, userHome: homedir() });
    first = await runSetup({ paths, env, notice: () => undefined });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("leaves facts of an engine, a toolchain and the images without which nothing runs", () => {
    expect(first.engine.memoryBytes).toBeGreaterThan(0);
    expect(first.toolchain?.cli).toMatchObject({
      version: "3.274.1",
      path: join(paths.toolchainBin, "pulumi"),
    });
    for (const name of ["node", "redis"] as const) {
      expect(["official", "fallback"]).toContain(first.images[name].kind);
    }
  });

  test("a second run finds everything there, asks nobody and changes no fact", async () => {
    const said: string[] = [];
    const second = await runSetup({ paths, env, notice: (text) => said.push(text) });
    expect(second).toEqual(first);
    expect(said).toEqual([]);
  });

  test("its environment makes a plain pulumi work in a shell, on the local backend", () => {
    const text = renderShell(pulumiEnvironment(first, paths, env));
    const script = `${text}pulumi version; pulumi whoami --json; command -v node`;
    const [version, who, node] = execFileSync("sh", ["-c", script], {
      cwd: folder,
      env: { PATH: "/usr/bin:/bin", HOME: folder },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    })
      .trim()
      .split(/\n(?=\{|\/)/);
    expect(version).toBe("v3.274.1");
    const { url } = JSON.parse(who ?? "") as { url: string };
    expect(decodeURI(url)).toBe(`file://${paths.state}`);
    expect(node).toBe(join(paths.toolchainBin, "node"));
  });
});
