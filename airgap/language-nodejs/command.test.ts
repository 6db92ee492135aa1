import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { locateRunScript, programCommand } from "./command.ts";
import { projectWith, projectWithRunScript, runOf } from "./testing/projects.ts";

describe("programCommand", () => {
  it("is the official host's command line", () => {
    expect(programCommand(runOf("/shop"), "/sdk/run.js")).toEqual({
      args: [
        "/sdk/run.js",
        "--monitor",
        "127.0.0.1:1",
        "--engine",
        "127.0.0.1:2",
        "--organization",
        "organization",
        "--project",
        "shop",
        "--root-directory",
        "/shop",
        "--stack",
        "dev",
        "--pwd",
        "/shop",
        "--parallel",
        "4",
        ".",
      ],
      env: { PULUMI_CONFIG: "{}", PULUMI_CONFIG_SECRET_KEYS: "[]" },
    });
  });

  it("says dry run, passes node's and the program's arguments, leaves out what is empty", () => {
    const run = runOf("/shop", {
      program: {
        rootDirectory: "/shop",
        programDirectory: "/shop/infra",
        entryPoint: "main.ts",
        options: {
          typescript: true,
          nodeArgs: ["--import", "tsx"],
          tsconfig: "tsconfig.infra.json",
          packageManager: "npm",
        },
      },
      organization: "",
      engineAddress: "",
      dryRun: true,
      args: ["--flag", "value"],
      config: new Map([
        ["shop:replicas", "2"],
        ["docker:config:host", "unix:///x"],
        ["a:b:c", "d"],
      ]),
      configSecretKeys: ["shop:replicas"],
    });
    const { args, env } = programCommand(run, "/run.js");
    expect(args.join(" ")).toBe(
      "--import tsx /run.js --monitor 127.0.0.1:1 --project shop --root-directory /shop " +
        "--stack dev --pwd /shop/infra --dry-run --parallel 4 main.ts --flag value",
    );
    expect({ ...env, PULUMI_CONFIG: JSON.parse(env["PULUMI_CONFIG"] ?? "") as unknown }).toEqual({
      PULUMI_CONFIG: {
        "shop:config:replicas": "2",
        "docker:config:host": "unix:///x",
        "a:config:b:c": "d",
      },
      PULUMI_CONFIG_SECRET_KEYS: '["shop:replicas"]',
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "tsconfig.infra.json",
    });
  });
});

describe("locateRunScript", () => {
  it("finds the SDK of the program, in its folder or above", () => {
    const folder = projectWithRunScript("");
    const script = join(folder, "node_modules/@pulumi/pulumi/cmd/run/index.js");
    expect(locateRunScript(folder)).toBe(script);
    expect(locateRunScript(join(folder, "infra"))).toBe(script);
  });

  it("says what to install where", () => {
    const folder = projectWith({});
    expect(() => locateRunScript(folder)).toThrow(
      `the Pulumi SDK is not installed for the program in ${folder}; run npm install there`,
    );
  });
});
