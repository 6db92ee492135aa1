import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { programDependencies, requiredPlugins } from "./packages.ts";
import { projectWith } from "./testing/projects.ts";

const manifest = (fields: object) => JSON.stringify(fields);

function project(): string {
  const folder = projectWith({
    "package.json": manifest({
      dependencies: { "@pulumi/docker": "5", plain: "1" },
      devDependencies: { tool: "2" },
    }),
    "node_modules/@pulumi/docker/package.json": manifest({
      name: "@pulumi/docker",
      version: "5.2.0",
      pulumi: { resource: true },
    }),
    "node_modules/plain/package.json": manifest({ name: "plain", version: "1.0.1" }),
    "node_modules/plain/node_modules/third-party/package.json": manifest({
      name: "third-party",
      version: "1.0.0",
      pulumi: { resource: true, name: "other", version: "v2.0.0", server: "https://example.com" },
    }),
    "node_modules/tool/package.json": manifest({ name: "tool", version: "2.3.4" }),
    "node_modules/broken/package.json": "{",
    "node_modules/.bin/tool": "",
    "infra/index.ts": "",
  });
  // A workspace links its own packages, and so itself, into node_modules.
  symlinkSync(folder, join(folder, "node_modules/self"));
  return folder;
}

describe("requiredPlugins", () => {
  it.each(["", "infra"])("finds the plugins of a program in '%s'", (subfolder) => {
    const root = project();
    const none = { server: "", parameterization: undefined };
    expect(requiredPlugins(join(root, subfolder), root)).toEqual([
      { ...none, name: "docker", version: "v5.2.0" },
      { ...none, name: "other", version: "v2.0.0", server: "https://example.com" },
    ]);
  });

  it("finds none where nothing is installed", () => {
    const root = projectWith({ "package.json": "{}" });
    expect(requiredPlugins(root, root)).toEqual([]);
  });

  it("passes on what parameterizes a plugin", () => {
    const root = projectWith({
      "node_modules/@pulumi/local/package.json": manifest({
        name: "@pulumi/local",
        version: "0.1.0",
        pulumi: {
          resource: true,
          name: "terraform-provider",
          version: "1.0.0",
          parameterization: { name: "local", version: "2.5.2", value: "aGk=" },
        },
      }),
    });
    expect(requiredPlugins(root, root)).toEqual([
      {
        name: "terraform-provider",
        version: "v1.0.0",
        server: "",
        parameterization: { name: "local", version: "2.5.2", value: Buffer.from("hi") },
      },
    ]);
  });
});

describe("programDependencies", () => {
  it("lists what package.json names, with the versions that are installed", () => {
    const root = project();
    expect(programDependencies(join(root, "infra"), root, false)).toEqual([
      { name: "@pulumi/docker", version: "5.2.0" },
      { name: "plain", version: "1.0.1" },
      { name: "tool", version: "2.3.4" },
    ]);
  });

  it("lists all that is installed", () => {
    const root = project();
    expect(programDependencies(root, root, true).map(({ name }) => name)).toEqual([
      "@pulumi/docker",
      "plain",
      "third-party",
      "tool",
    ]);
  });
});
