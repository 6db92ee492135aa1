import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import docker from "@pulumi/docker/package.json" with { type: "json" };
import random from "@pulumi/random/package.json" with { type: "json" };
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { installPlugins, type InstallOptions } from "./install-plugins.ts";
import { measureStart } from "./start-up.ts";

let options: InstallOptions;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "fallback plugins "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  options = {
    pluginsDir: join(folder, "home/plugins"),
    binDir: join(folder, "bin"),
    node: process.execPath,
  };
});

async function install(change: Partial<InstallOptions> = {}) {
  const lines: string[] = [];
  const plugins = await installPlugins({ ...options, ...change }, (line) => lines.push(line));
  return { plugins, lines };
}

const summary = ({ plugins }: Awaited<ReturnType<typeof install>>) =>
  plugins.map(({ name, kind, changed }) => `${name} ${kind} ${changed ? "changed" : "kept"}`);

describe("installPlugins", () => {
  it("installs what the engine looks for, under the versions of the npm packages", async () => {
    const { plugins, lines } = await install();
    const { pluginsDir, binDir } = options;
    expect(plugins.map(({ path }) => path)).toEqual([
      join(pluginsDir, `resource-docker-v${docker.version}/pulumi-resource-docker`),
      join(pluginsDir, `resource-random-v${random.version}/pulumi-resource-random`),
      join(binDir, "pulumi-language-nodejs"),
    ]);
    expect(lines.at(-1)).toMatch(/^language plugin nodejs 3\.\d+\.\d+: \d+ KiB, starts in \d+ ms$/);
    const marker = join(pluginsDir, `resource-docker-v${docker.version}/fallback.json`);
    expect(JSON.parse(readFileSync(marker, "utf8"))).toEqual({
      kind: "fallback",
      name: "docker",
      version: docker.version,
      builtFrom: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    // Nothing is left aside.
    expect(readdirSync(pluginsDir)).toHaveLength(2);
    expect(readdirSync(binDir).sort()).toEqual([
      "fallback-language-nodejs",
      "pulumi-language-nodejs",
    ]);

    // Each was tried from an empty folder. A link to one works as well, as in a bin folder.
    const link = join(binDir, "link");
    symlinkSync(plugins[0]?.path ?? "", link);
    expect(await measureStart(link)).toBeGreaterThan(0);
    expect(bundleOf(plugins[0]?.path ?? "")).not.toContain(dirname(import.meta.dirname));

    const before = statSync(plugins[0]?.path ?? "").mtimeMs;
    expect(summary(await install())).toEqual([
      "docker fallback kept",
      "random fallback kept",
      "nodejs fallback kept",
    ]);
    expect(statSync(plugins[0]?.path ?? "").mtimeMs).toBe(before);
  });

  it("replaces plugins of its own that are made from something else, or incomplete", async () => {
    await install();
    const node = join(options.binDir, "node-by-another-name");
    symlinkSync(process.execPath, node);
    expect(summary(await install({ node }))).toEqual([
      "docker fallback changed",
      "random fallback changed",
      "nodejs fallback changed",
    ]);
    const host = join(options.binDir, "pulumi-language-nodejs");
    expect(readFileSync(host, "utf8")).toContain(`node='${node}'`);
    rmSync(join(options.binDir, "fallback-language-nodejs/main.mjs"));
    expect(summary(await install({ node }))).toEqual([
      "docker fallback kept",
      "random fallback kept",
      "nodejs fallback changed",
    ]);
    await measureStart(host);
  });

  it("leaves official plugins alone and says so", async () => {
    const official = join(options.pluginsDir, `resource-docker-v${docker.version}`);
    mkdirSync(official, { recursive: true });
    writeFileSync(join(official, "pulumi-resource-docker"), "ELF");
    mkdirSync(options.binDir, { recursive: true });
    writeFileSync(join(options.binDir, "pulumi-language-nodejs"), "ELF");
    const result = await install();
    expect(summary(result)).toEqual([
      "docker official kept",
      "random fallback changed",
      "nodejs official kept",
    ]);
    expect(result.lines[0]).toBe(
      `resource plugin docker ${docker.version}: the official plugin is there and stays`,
    );
    expect(readdirSync(official)).toEqual(["pulumi-resource-docker"]);
    expect(readFileSync(join(options.binDir, "pulumi-language-nodejs"), "utf8")).toBe("ELF");
  });

  it("installs nothing that does not start", async () => {
    const node = join(options.binDir, "node");
    mkdirSync(options.binDir, { recursive: true });
    writeFileSync(node, "#!/bin/sh\necho no memory >&2\nexit 3\n", { mode: 0o755 });
    await expect(install({ node })).rejects.toThrow(
      "ended with exit code 3; it printed: no memory",
    );
    expect(readdirSync(options.pluginsDir)).toEqual([]);
  });
});

describe("plugins.ts", () => {
  it("refuses wrong arguments, all at once", () => {
    const entry = join(import.meta.dirname, "plugins.ts");
    const args = ["--import", "tsx", entry, "--plugins-dir", "p", "--node", "node"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      "--bin-dir is missing\n--node is node, which is not an absolute path\n" +
        "usage: plugins.ts --plugins-dir <folder> --bin-dir <folder> --node <absolute path of node>\n",
    );
    expect(existsSync("p")).toBe(false);
  });
});

function bundleOf(executable: string): string {
  return readFileSync(join(dirname(executable), "main.mjs"), "utf8");
}
