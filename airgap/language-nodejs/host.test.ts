import { chmodSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Host } from "../plugin/serve.ts";
import { toStruct } from "../plugin/values.ts";
import { implementLanguageHost } from "./host.ts";
import { projectWith, projectWithRunScript } from "./testing/projects.ts";

/** A language host in this process, and the engine's client to it. */
async function startHost(): Promise<languageGrpc.LanguageRuntimeClient> {
  const cancelled = new AbortController();
  const silent = { debug() {}, info() {}, warning() {}, status() {} };
  const host: Host = {
    signal: cancelled.signal,
    cancel: () => cancelled.abort(),
    log: { connect: () => undefined, for: () => silent },
    engineAddress: "127.0.0.1:2",
  };
  const server = new grpc.Server();
  server.addService(languageGrpc.LanguageRuntimeService, implementLanguageHost(host));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new languageGrpc.LanguageRuntimeClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
  );
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

function answer<Response>(
  send: (callback: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

function info(folder: string, options: Readonly<Record<string, string | boolean>> = {}) {
  return new language.ProgramInfo()
    .setRootDirectory(folder)
    .setProgramDirectory(folder)
    .setEntryPoint(".")
    .setOptions(toStruct(options));
}

describe("the language host", () => {
  it("says what it is and which Node it runs programs with", async () => {
    const client = await startHost();
    const plugin = await answer((done) => client.getPluginInfo(new empty.Empty(), done));
    expect((plugin as { getVersion(): string }).getVersion()).toBe(sdk.version);
    const about = await answer<language.AboutResponse>((done) =>
      client.about(new language.AboutRequest(), done),
    );
    expect([about.getExecutable(), about.getVersion()]).toEqual([
      process.execPath,
      process.version.slice(1),
    ]);
  });

  it("runs a program with the options of Pulumi.yaml and reports that it bailed", async () => {
    const client = await startHost();
    const folder = projectWithRunScript(
      "process.exit(process.env.PULUMI_NODEJS_TYPESCRIPT === undefined ? 32 : 1)",
    );
    const run = async (options: Readonly<Record<string, boolean>>) => {
      const request = new language.RunRequest().setInfo(info(folder, options));
      return (await answer<language.RunResponse>((done) => client.run(request, done))).toObject();
    };
    expect(await run({ typescript: false })).toEqual({ error: "", bail: true });
    expect(await run({})).toEqual({
      error: "Program exited with non-zero exit code: 1",
      bail: false,
    });
  });

  it("refuses a wrong option with its name, before anything runs", async () => {
    const client = await startHost();
    const folder = projectWithRunScript("process.exit(1)");
    const request = new language.RunRequest().setInfo(info(folder, { typescript: "no" }));
    await expect(answer<language.RunResponse>((done) => client.run(request, done))).rejects.toThrow(
      'runtime.options.typescript is "no"; allowed is true or false',
    );
  });

  it("names the plugins that the program asks for", async () => {
    const client = await startHost();
    const folder = projectWith({
      "node_modules/@pulumi/random/package.json":
        '{"name":"@pulumi/random","version":"4.21.2","pulumi":{"resource":true}}',
    });
    const request = new language.GetRequiredPackagesRequest().setInfo(info(folder));
    const response = await answer<language.GetRequiredPackagesResponse>((done) =>
      client.getRequiredPackages(request, done),
    );
    expect(
      response
        .getPackagesList()
        .map((found) => [found.getKind(), found.getName(), found.getVersion()]),
    ).toEqual([["resource", "random", "v4.21.2"]]);
  });

  it("streams what the package manager says, and fails with it", async () => {
    const client = await startHost();
    const folder = projectWith({
      "bin/yarn": "#!/bin/sh\necho out $1; echo err >&2; exit 3\n",
      "yarn.lock": "",
    });
    chmodSync(join(folder, "bin/yarn"), 0o755);
    const path = process.env["PATH"] ?? "";
    process.env["PATH"] = `${join(folder, "bin")}:${path}`;
    onTestFinished(() => void (process.env["PATH"] = path));
    const stream = client.installDependencies(
      new language.InstallDependenciesRequest().setInfo(info(folder)),
    );
    let said = "";
    stream.on("data", (chunk: language.InstallDependenciesResponse) => {
      said += Buffer.from(chunk.getStdout_asU8()).toString();
      said += Buffer.from(chunk.getStderr_asU8()).toString();
    });
    const error = await new Promise<Error>((resolve) => stream.on("error", resolve));
    expect(error.message).toContain(`yarn install in ${folder} failed with exit code 3`);
    expect(said.split("\n").sort()).toEqual(["", "err", "out install"]);
  });

  it("says of the rest who can do it", async () => {
    const client = await startHost();
    const stream = client.runPlugin(new language.RunPluginRequest());
    const error = await new Promise<grpc.ServiceError>((resolve) => stream.on("error", resolve));
    expect(error.code).toBe(grpc.status.UNIMPLEMENTED);
    expect(error.details).toBe(
      "the fallback Node.js language host cannot run plugins or policy packs written in Node.js; " +
        "install the official pulumi-language-nodejs, which comes with the official Pulumi CLI, " +
        "to do it",
    );
  });
});
