import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aptInstall } from "./apt.ts";

/** A folder with an apt-get that notes how it was called, and that is also the folder of package lists. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-apt-"));
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What \`update\` and \`install\` do; an update of this apt-get leaves a list. */
function apt(update: string, install: string): void {
  const script = `#!/bin/sh
for word; do case $word in update|install) break ;; esac; done
echo "$word" >> "${folder}/calls"
case $word in
  update) touch "${folder}/x_Packages"; ${update} ;;
  install) ${install} ;;
esac
`;
  writeFileSync(join(folder, "apt-get"), script, { mode: 0o755 });
}

const calls = (): string[] => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
const install = (): Promise<void> => aptInstall(["docker.io", "iptables"], () => undefined, folder);

test("with lists at hand, only installs", async () => {
  writeFileSync(join(folder, "debian_Packages"), "");
  apt("true", "true");
  await install();
  expect(calls()).toEqual(["install"]);
});

test("without lists, fetches them first; a source that fails does not matter if the packages come", async () => {
  apt("exit 100", "true");
  await install();
  expect(calls()).toEqual(["update", "install"]);
});

test("with lists that are too old, fetches them and tries once more", async () => {
  writeFileSync(join(folder, "debian_Packages"), "");
  apt("true", `[ -e "${folder}/x_Packages" ] || { echo "404 Not Found" >&2; exit 100; }`);
  await install();
  expect(calls()).toEqual(["install", "update", "install"]);
});

test("what fails twice is an error with both reasons", async () => {
  apt('echo "no such mirror" >&2; exit 100', 'echo "Unable to locate package" >&2; exit 100');
  const failure = install();
  await expect(failure).rejects.toMatchObject({ name: "UserError", exitCode: 3 });
  await expect(failure).rejects.toThrow(
    "Installing the Debian packages docker.io, iptables failed: apt-get ended with exit code 100. " +
      "Is a Debian mirror reachable?\nUnable to locate package\n`apt-get update` failed too.\nno such mirror",
  );
  expect(calls()).toEqual(["update", "install"]);
});
