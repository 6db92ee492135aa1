import type * as grpc from "@grpc/grpc-js";
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import type languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { toServiceError } from "../plugin/errors.ts";
import type { Host } from "../plugin/serve.ts";
import { unary } from "../plugin/unary.ts";
import { fromStruct } from "../plugin/values.ts";
import type { Program, Run } from "./command.ts";
import { choosePackageManager, installDependencies } from "./install.ts";
import { parseOptions } from "./options.ts";
import { programDependencies, requiredPlugins, type PluginPackage } from "./packages.ts";
import { runProgram } from "./run-program.ts";
import { unsupported } from "./unsupported.ts";

/**
 * The gRPC service of the Node.js language host: what the engine needs to run a program and to
 * describe it. Running plugins and policy packs written in Node.js, and generating code, are left to
 * the official host.
 */
export function implementLanguageHost(host: Host) {
  return {
    ...unsupported(host),
    handshake: unary(host.signal, () => new language.LanguageHandshakeResponse()),
    getPluginInfo: unary(host.signal, () => new plugin.PluginInfo().setVersion(sdk.version)),
    cancel: unary(host.signal, () => {
      host.cancel();
      return new empty.Empty();
    }),
    getRequiredPackages: unary(host.signal, (request: language.GetRequiredPackagesRequest) => {
      const { programDirectory, rootDirectory } = readProgram(request.getInfo());
      return new language.GetRequiredPackagesResponse().setPackagesList(
        requiredPlugins(programDirectory, rootDirectory).map(toDependency),
      );
    }),
    run: unary(host.signal, async (request: language.RunRequest, signal: AbortSignal) => {
      host.log
        .for("")
        .debug(
          `nodejs ${sdk.version}: this is the fallback language host for machines that cannot reach ` +
            "the official one",
        );
      const { error, bail } = await runProgram(readRun(request, host), signal);
      return new language.RunResponse().setError(error).setBail(bail);
    }),
    about: unary(host.signal, () =>
      new language.AboutResponse()
        .setExecutable(process.execPath)
        .setVersion(process.version.replace(/^v/, "")),
    ),
    getProgramDependencies: unary(
      host.signal,
      (request: language.GetProgramDependenciesRequest) => {
        const { programDirectory, rootDirectory } = readProgram(request.getInfo());
        const isTransitive = request.getTransitivedependencies();
        return new language.GetProgramDependenciesResponse().setDependenciesList(
          programDependencies(programDirectory, rootDirectory, isTransitive).map(
            ({ name, version }) => new language.DependencyInfo().setName(name).setVersion(version),
          ),
        );
      },
    ),
    installDependencies: (call) => void install(call, host),
  } satisfies Partial<languageGrpc.ILanguageRuntimeServer>;
}

function readProgram(info: language.ProgramInfo | undefined): Program {
  if (info === undefined) throw new Error("the engine sent no description of the program");
  return {
    rootDirectory: info.getRootDirectory(),
    programDirectory: info.getProgramDirectory(),
    entryPoint: info.getEntryPoint() || ".",
    options: parseOptions(fromStruct(info.getOptions())),
  };
}

function readRun(request: language.RunRequest, host: Host): Run {
  return {
    program: readProgram(request.getInfo()),
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    config: new Map(request.getConfigMap().toArray()),
    configSecretKeys: request.getConfigsecretkeysList(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    args: request.getArgsList(),
    monitorAddress: request.getMonitorAddress(),
    engineAddress: host.engineAddress ?? "",
  };
}

function toDependency({ name, version, server, parameterization }: PluginPackage) {
  const dependency = new plugin.PackageDependency()
    .setName(name)
    .setKind("resource")
    .setVersion(version)
    .setServer(server);
  if (parameterization !== undefined) {
    dependency.setParameterization(
      new plugin.PackageParameterization()
        .setName(parameterization.name)
        .setVersion(parameterization.version)
        .setValue(parameterization.value),
    );
  }
  return dependency;
}

async function install(
  call: grpc.ServerWritableStream<
    language.InstallDependenciesRequest,
    language.InstallDependenciesResponse
  >,
  host: Host,
): Promise<void> {
  try {
    const { programDirectory, options } = readProgram(call.request.getInfo());
    await installDependencies(
      programDirectory,
      choosePackageManager(programDirectory, options.packageManager),
      {
        stdout: (chunk) => call.write(new language.InstallDependenciesResponse().setStdout(chunk)),
        stderr: (chunk) => call.write(new language.InstallDependenciesResponse().setStderr(chunk)),
      },
      host.signal,
    );
    call.end();
  } catch (error) {
    call.emit("error", toServiceError(error, host.signal));
  }
}
