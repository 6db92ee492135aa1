import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isAtLeast } from "./go-program.ts";

/** A folder with a Go that only acts as one, and the place for the result. */
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "astratrade-go-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function fakeGo(version: string, build: string): void {
  const script = `#!/bin/sh
case "$1" in
  version) echo "go version go${version} linux/amd64" ;;
  env) echo https://proxy.example ;;
  list)
    echo "go: downloading example.org/a v1.0.0" >&2
    printf 'stale dependency: net\\n\\nnot installed but available in build cache\\nbuild ID mismatch\\n' ;;
  build) ${build} ;;
esac
`;
  writeFileSync(join(folder, "go"), script, { mode: 0o755 });
}

function build(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(import.meta.dirname, "build.ts");
  return spawnSync(process.execPath, ["--import", "tsx", script, ...args], {
    encoding: "utf8",
    env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
  });
}

const out = (): string => join(folder, "bin", "pulumi");

describe("build.ts", () => {
  test("says what it compiles, and leaves the CLI and nothing else", () => {
    const compiles = 'printf \'net\\nexample.org/a/b\\n\' >&2; echo CLI > "$4"; echo "$6" >> "$4"';
    fakeGo("1.26.6", compiles);
    const { status, stdout, stderr } = build("--out", out());
    expect(stderr).toBe(
      "module 1: example.org/a v1.0.0\npackage 1 of 2: net\npackage 2 of 2: example.org/a/b\n",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ version: "3.274.1", path: out() });
    expect(readFileSync(out(), "utf8")).toMatch(/^CLI\n-s -w -X .*version\.Version=v3\.274\.1\n$/);
    expect(readdirSync(join(folder, "bin"))).toEqual(["pulumi"]);
  });

  test("a build that fails leaves what was there before", () => {
    fakeGo("1.26.6", 'echo old > "$4"');
    build("--out", out());
    fakeGo("1.27.0", 'echo half > "$4"; echo "write x: no space left on device" >&2; exit 1');
    const { status, stderr } = build("--out", out());
    expect(status).toBe(1);
    expect(stderr).toContain("Building the Pulumi CLI failed. The disk is full.");
    expect(readFileSync(out(), "utf8")).toBe("old\n");
    expect(readdirSync(join(folder, "bin"))).toEqual(["pulumi"]);
  });

  test("a Go that is too old is refused with the one to install", () => {
    fakeGo("1.19.8", "true");
    const { status, stderr } = build("--out", out());
    expect([status, existsSync(out())]).toEqual([1, false]);
    expect(stderr).toContain("Go 1.19.8 is too old to build the Pulumi CLI 3.274.1.");
    expect(stderr).toContain("Install Go 1.26.6 or later");
  });

  test("without Go, says so", () => {
    writeFileSync(join(folder, "go"), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
    const { status, stderr } = build("--out", out());
    expect(status).toBe(1);
    expect(stderr).toContain("needs Go, and there is none.");
  });

  test("--out is required", () => {
    expect(build()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--out is missing.") as string,
    });
  });
});

test.each([
  ["1.26.6", "1.26.6", true],
  ["1.26.10", "1.26.6", true],
  ["1.27", "1.26.6", true],
  ["1.26", "1.26.6", false],
  ["1.9.9", "1.21", false],
])("Go %s is at least %s: %s", (a, b, expected) => {
  expect(isAtLeast(a, b)).toBe(expected);
});
