import type providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { UnimplementedError } from "./errors.ts";
import { writeCheckResult, writeDiffResult } from "./messages.ts";
import type { Provider } from "./provider.ts";
import { implementResources } from "./resource-service.ts";
import type { DiffResult } from "./resource.ts";
import type { Host } from "./serve.ts";
import { unary } from "./unary.ts";
import { fromStruct } from "./values.ts";

/**
 * The gRPC service of a provider. Methods that are missing (Handshake, Parameterize, Call, Construct,
 * GetMapping and so on) answer UNIMPLEMENTED, which the engine takes for "not needed".
 *
 * The provider accepts no secrets: the engine then strips them from each call and marks the outputs
 * of the same names again by itself. Secrets that are outputs only must be marked with `secret()`.
 */
export function implementProvider(provider: Provider, host: Host) {
  return {
    getPluginInfo: unary(host.signal, () => new plugin.PluginInfo().setVersion(provider.version)),
    attach: unary(host.signal, (request) => {
      host.log.connect(request.getAddress());
      return new empty.Empty();
    }),
    cancel: unary(host.signal, () => {
      host.cancel();
      return new empty.Empty();
    }),
    getSchema: unary(host.signal, () =>
      new messages.GetSchemaResponse().setSchema(
        JSON.stringify({ name: provider.name, version: provider.version }),
      ),
    ),
    checkConfig: unary(host.signal, (request) => {
      const inputs = fromStruct(request.getNews());
      return writeCheckResult({ inputs, failures: provider.checkConfig?.(inputs) ?? [] });
    }),
    diffConfig: unary(host.signal, (request) => writeDiffResult(diffConfig(request))),
    configure: unary(host.signal, async (request, signal) => {
      const log = host.log.for("");
      log.debug(
        `${provider.name} ${provider.version}: this is the fallback provider for machines that ` +
          "cannot reach the plugin host, not the official plugin",
      );
      await provider.configure?.(fromStruct(request.getArgs()), { signal, log });
      return new messages.ConfigureResponse()
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    invoke: unary(host.signal, (request): messages.InvokeResponse => {
      throw new UnimplementedError(
        `the fallback ${provider.name} provider has no function ${request.getTok()}; ` +
          `the official plugin ${provider.name} v${provider.version} may have it`,
      );
    }),
    ...implementResources(provider, host),
  } satisfies Partial<providerGrpc.IResourceProviderServer>;
}

/** A change of the configuration updates the provider in place: it never replaces its resources. */
function diffConfig(request: messages.DiffRequest): DiffResult {
  const olds = fromStruct(request.getOldInputs());
  const news = fromStruct(request.getNews());
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  const diffs = [...names].filter(
    (name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]),
  );
  return { changed: diffs.length > 0, diffs };
}
