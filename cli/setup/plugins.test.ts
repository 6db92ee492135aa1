import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolvePaths } from "../paths.ts";
import type { SetupContext } from "./context.ts";
import { type InstalledPlugins, installPlugins, overrideUrls } from "./plugins.ts";
import { pluginVersions } from "./versions.ts";

/** What stands for an official program: no script, so it counts as a binary. */
const binary = "\u007fELF";
const official = (name: keyof typeof pluginVersions) => ({
  kind: "official",
  version: pluginVersions[name],
});

let folder: string;
let server: Server;
let ctx: SetupContext;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-plugins-"));
  server = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const env = { ASTRATRADE_HOME: join(folder, "home"), ASTRATRADE_CACHE: join(folder, "cache") };
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  ctx = {
    paths: resolvePaths({ env, userHome: folder }),
    env: { PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES: `^https://=${mirror}` },
    userHome: folder,
    report: () => undefined,
    notice: () => undefined,
    earlier: undefined,
    refresh: false,
    images: [],
  };
  write(join(ctx.paths.toolchainBin, "pulumi-language-nodejs"), binary);
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function write(path: string, content: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content, { mode: 0o755 });
}

function pluginFile(home: string, name: keyof typeof pluginVersions): string {
  return join(
    home,
    "plugins",
    `resource-${name}-v${pluginVersions[name]}`,
    `pulumi-resource-${name}`,
  );
}

/** A CLI that does what \`plugin install\` does, and notes how it was called. */
function install(): Promise<InstalledPlugins> {
  const cli = join(folder, "cli");
  write(
    cli,
    `#!/bin/sh
echo "$@" >> "${folder}/calls"
folder="$PULUMI_HOME/plugins/resource-$4-$5"
mkdir -p "$folder"
printf '\\177ELF' > "$folder/pulumi-resource-$4"
`,
  );
  const program = { kind: "official", version: "1", path: cli } as const;
  return installPlugins(ctx, { cli: program, node: program });
}

describe("installPlugins", () => {
  test("downloads the official plugins into the private home, of the versions that the packages have", async () => {
    const installed = await install();
    expect(installed.plugins).toEqual({ docker: official("docker"), random: official("random") });
    expect(installed.languageHost.kind).toBe("official");
    const calls = readFileSync(join(folder, "calls"), "utf8");
    expect(calls).toBe(
      `plugin install resource docker v${pluginVersions.docker}\n` +
        `plugin install resource random v${pluginVersions.random}\n`,
    );
  });

  test("uses what is there, in the private home or in the user's own", async () => {
    write(pluginFile(ctx.paths.pulumiHome, "docker"), binary);
    const own = pluginFile(join(folder, ".pulumi"), "random");
    write(own, binary);
    // Nothing may be downloaded, so it does not matter that the mirror does not answer.
    ctx = { ...ctx, env: { PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES: "^https://=http://127.0.0.1:1" } };
    const installed = await install();
    expect(installed.plugins).toEqual({ docker: official("docker"), random: official("random") });
    const link = join(pluginFile(ctx.paths.pulumiHome, "random"), "..");
    expect(readlinkSync(link)).toBe(join(own, ".."));
  });

  test("a refresh puts official plugins in the place of our own", async () => {
    write(pluginFile(ctx.paths.pulumiHome, "docker"), "#!/bin/sh\n");
    write(pluginFile(ctx.paths.pulumiHome, "random"), binary);
    ctx = { ...ctx, refresh: true };
    expect((await install()).plugins.docker).toEqual(official("docker"));
    const calls = readFileSync(join(folder, "calls"), "utf8");
    expect(calls).toBe(`plugin install resource docker v${pluginVersions.docker} --reinstall\n`);
  });
});

test.each([
  ["^docker$=https://mirror.example/a,^random$=http://b", ["https://mirror.example/a", "http://b"]],
  ["^docker$=github://api.github.com/x", []],
  ["", []],
])("%j names the addresses %j", (overrides, urls) => {
  expect(overrideUrls(overrides)).toEqual(urls);
});
