import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolvePaths } from "../paths.ts";
import type { HostContext } from "./context.ts";
import { adoptInstalledCli, downloadOfficialCli, officialCliUrl } from "./official-cli.ts";
import { pulumiCliVersion } from "./versions.ts";

let folder: string;
let server: Server;
/** What the host serves, by path; what is not here is 404. */
let files: Map<string, Buffer | string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-cli-"));
  files = new Map();
  server = createServer((request, response) => {
    const content = files.get(request.url ?? "");
    response.writeHead(content === undefined ? 404 : 200);
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const host = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function context(env: Record<string, string> = {}): HostContext {
  const moved = { ASTRATRADE_HOME: join(folder, "home"), ASTRATRADE_CACHE: join(folder, "cache") };
  return {
    paths: resolvePaths({ env: moved, userHome: folder }),
    env: { ASTRATRADE_PULUMI_CLI_URL: `${host()}/sdk/cli.tar.gz`, ...env },
    userHome: folder,
    report: () => undefined,
    notice: () => undefined,
  };
}

const cli = (version: string): string => `#!/bin/sh\necho v${version}\n`;

/** An archive as the official one is: everything in a folder, and more programs than we need. */
async function archive(version = pulumiCliVersion): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: "pulumi/pulumi", mode: 0o755 }, cli(version));
  tar.entry({ name: "pulumi/pulumi-language-nodejs", mode: 0o755 }, "host");
  tar.entry({ name: "pulumi/pulumi-language-python", mode: 0o755 }, "python");
  tar.finalize();
  return gzipSync(await buffer(tar));
}

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** Nothing of a download that failed may be found, not even in part. */
function expectNothingLeft(ctx: HostContext): void {
  expect(existsSync(ctx.paths.toolchainBin)).toBe(false);
  expect(readdirSync(join(ctx.paths.toolchainBin, "../.."))).toEqual([
    `pulumi-${pulumiCliVersion}-${process.platform}-${process.arch}`,
  ]);
  expect(readdirSync(join(ctx.paths.toolchainBin, ".."))).toEqual([]);
}

describe("downloadOfficialCli", () => {
  test.each([
    ["without a checksum beside it", () => undefined],
    ["with its own checksum file", (sum: string) => files.set("/sdk/cli.tar.gz.sha256", sum)],
    [
      "with the release's list of checksums",
      (sum: string) =>
        files.set(`/sdk/pulumi-${pulumiCliVersion}-checksums.txt`, `${sum}  cli.tar.gz\n`),
    ],
  ])("installs CLI and language host %s", async (_case, publish) => {
    const content = await archive();
    files.set("/sdk/cli.tar.gz", content);
    publish(sha256(content));
    const ctx = context();
    await downloadOfficialCli(ctx);
    const { toolchainBin, downloads } = ctx.paths;
    expect(readdirSync(toolchainBin).toSorted()).toEqual(["pulumi", "pulumi-language-nodejs"]);
    expect(readFileSync(join(toolchainBin, "pulumi"), "utf8")).toBe(cli(pulumiCliVersion));
    expect(readdirSync(downloads)).toEqual([]);
  });

  test("refuses an archive that is not the one whose checksum is published", async () => {
    files.set("/sdk/cli.tar.gz", await archive());
    files.set("/sdk/cli.tar.gz.sha256", `${"0".repeat(64)}  cli.tar.gz\n`);
    const ctx = context();
    await expect(downloadOfficialCli(ctx)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(`says ${"0".repeat(64)}`) as string,
    });
    expectNothingLeft(ctx);
  });

  test("refuses another version", async () => {
    files.set("/sdk/cli.tar.gz", await archive("3.0.0"));
    const ctx = context();
    await expect(downloadOfficialCli(ctx)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining("it holds 3.0.0.") as string,
    });
    expectNothingLeft(ctx);
  });

  test("a host without the archive, and one that is not there, are no error of the user's", async () => {
    await expect(downloadOfficialCli(context())).rejects.toMatchObject({
      name: "NotDownloadable",
      message: `${host()}/sdk/cli.tar.gz: HTTP 404`,
    });
    const nowhere = context({ ASTRATRADE_PULUMI_CLI_URL: "http://127.0.0.1:1/cli.tar.gz" });
    await expect(downloadOfficialCli(nowhere)).rejects.toMatchObject({ name: "NotDownloadable" });
    expectNothingLeft(nowhere);
  });
});

test("the address names version, system and processor", () => {
  expect(officialCliUrl({})).toBe(
    `https://get.pulumi.com/releases/sdk/pulumi-v3.274.1-${process.platform}-${process.arch}.tar.gz`,
  );
});

describe("adoptInstalledCli", () => {
  function installed(version: string, withHost: boolean): HostContext {
    const bin = join(folder, "usr/bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "pulumi"), cli(version));
    chmodSync(join(bin, "pulumi"), 0o755);
    if (withHost) writeFileSync(join(bin, "pulumi-language-nodejs"), "");
    return context({ PATH: `${bin}:/bin` });
  }

  test("links to the user's CLI of the same version, with its language host", async () => {
    const ctx = installed(pulumiCliVersion, true);
    expect(await adoptInstalledCli(ctx)).toBe(true);
    const { toolchainBin } = ctx.paths;
    expect(readlinkSync(join(toolchainBin, "pulumi"))).toBe(join(folder, "usr/bin/pulumi"));
    expect(readdirSync(toolchainBin).toSorted()).toEqual(["pulumi", "pulumi-language-nodejs"]);
  });

  test.each([
    ["of another version", "3.273.0", true],
    ["without a language host", pulumiCliVersion, false],
  ])("leaves one %s alone", async (_case, version, withHost) => {
    const ctx = installed(version, withHost);
    expect(await adoptInstalledCli(ctx)).toBe(false);
    expect(existsSync(ctx.paths.toolchainBin)).toBe(false);
  });
});
