import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { defaultMachineFacts, type MachineFacts } from "../../topology/machine-facts.ts";
import { resolvePaths } from "../paths.ts";
import { pulumiEnvironment, renderShell } from "./pulumi-env.ts";

const paths = resolvePaths({ env: {}, userHome: "/home/ada" });
const bin = paths.toolchainBin;

function factsWith(kind: "official" | "fallback"): MachineFacts {
  const official = { kind: "official", version: "1", path: "/x" } as const;
  return {
    ...defaultMachineFacts(),
    toolchain: {
      node: official,
      cli: official,
      languageHost: official,
      plugins: { docker: official, random: { kind, version: "1" } },
    },
  };
}

describe("pulumiEnvironment", () => {
  test("has all that a plain pulumi needs", () => {
    expect(pulumiEnvironment(factsWith("official"), paths, { PATH: "/usr/bin:/bin" })).toEqual({
      PATH: `${bin}:/usr/bin:/bin`,
      NODE_COMPILE_CACHE: "/home/ada/.cache/astratrade/compiled",
      PULUMI_HOME: "/home/ada/.astratrade/pulumi",
      PULUMI_BACKEND_URL: "file:///home/ada/.astratrade/state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/home/ada/.astratrade/passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      DOCKER_HOST: "unix:///var/run/docker.sock",
    });
  });

  test("keeps Pulumi from looking for plugins where one is our own", () => {
    expect(pulumiEnvironment(factsWith("fallback"), paths, {})).toMatchObject({
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
  });

  test("the toolchain comes once and first, however often it was there", () => {
    const env = { PATH: `/usr/bin:${bin}:/bin:${bin}` };
    expect(pulumiEnvironment(factsWith("official"), paths, env).PATH).toBe(`${bin}:/usr/bin:/bin`);
  });

  test("takes the user's backend and home, and an engine's certificates", () => {
    const facts = factsWith("official");
    const engine = { ...facts.engine, host: "tcp://far:2376", certPath: "/certs" };
    const env = { ASTRATRADE_BACKEND_URL: "s3://bucket", ASTRATRADE_HOME: "/srv/a b" };
    const moved = resolvePaths({ env, userHome: "/home/ada" });
    expect(pulumiEnvironment({ ...facts, engine }, moved, env)).toMatchObject({
      PULUMI_BACKEND_URL: "s3://bucket",
      ASTRATRADE_HOME: "/srv/a b",
      DOCKER_HOST: "tcp://far:2376",
      DOCKER_CERT_PATH: "/certs",
      DOCKER_TLS_VERIFY: "1",
    });
    expect(pulumiEnvironment(facts, moved, {}).PULUMI_BACKEND_URL).toBe("file:///srv/a%20b/state");
  });
});

describe("renderShell", () => {
  /** What a shell has after evaluating the text as often as asked. */
  function evaluated(text: string, names: readonly string[], times = 1): string[] {
    const script = `${text.repeat(times)}for n in ${names.join(" ")}; do eval "printf '%s\\0' \\"\\$$n\\""; done`;
    const output = execFileSync("/bin/sh", ["-c", script], { env: { PATH: "/usr/bin:/bin" } });
    return output.toString().split("\0").slice(0, -1);
  }

  test.each([
    ["plain", "value"],
    ["blanks", "a b  c"],
    ["quotes", `it's "quoted"`],
    ["what a shell would replace", "$HOME `id` $(id) \\n *"],
    ["two lines", "one\ntwo"],
    ["nothing", ""],
  ])("a value with %s arrives as it is", (_case, value) => {
    const text = renderShell({ PATH: "/tool/bin:/usr/bin", VALUE: value });
    expect(evaluated(text, ["VALUE"])).toEqual([value]);
  });

  test("puts the toolchain before the shell's own PATH, once", () => {
    const text = renderShell({ PATH: "/it's/a bin:/npm/added/this" });
    expect(evaluated(text, ["PATH"], 2)).toEqual(["/it's/a bin:/usr/bin:/bin"]);
  });

  test("is the same text for the same variables in any order", () => {
    expect(renderShell({ B: "2", PATH: "/t:/x", A: "1" })).toBe(
      "export A='1'\nexport B='2'\n" +
        `case "$PATH" in '/t':*) ;; *) PATH='/t':"$PATH" ;; esac\nexport PATH\n`,
    );
  });
});
