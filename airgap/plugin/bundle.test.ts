import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundlePlugin } from "./bundle.ts";
import { startPlugin } from "./testing/plugin-process.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("a bundled plugin runs without node_modules", async () => {
  const outfile = join(folder, "toy.mjs");
  await bundlePlugin(fileURLToPath(new URL("./testing/toy-provider.ts", import.meta.url)), outfile);
  const plugin = await startPlugin(outfile, { cwd: folder });
  const version = await new Promise<string>((resolve, reject) => {
    plugin.client.getPluginInfo(new empty.Empty(), (error, info) =>
      error === null ? resolve(info.getVersion()) : reject(error),
    );
  });
  expect(version).toBe("1.2.3");
  expect(await plugin.stop()).toBe(0);
});

test("names what is wrong with an entry point", async () => {
  const bundling = bundlePlugin(join(folder, "absent.ts"), join(folder, "absent.mjs"));
  await expect(bundling).rejects.toThrow(/Could not resolve.*absent\.ts/);
});
