import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { implementProvider } from "./provider-service.ts";
import type { CheckFailure, Log, Resource } from "./resource.ts";
import { serve } from "./serve.ts";
import type { Properties } from "./values.ts";

/** A provider: its name, and what it can make. */
export interface Provider {
  /** The package name, such as `docker`. */
  readonly name: string;
  /** The version reported to the engine, without a leading `v`; see versions.ts. */
  readonly version: string;
  /** Type token, such as `docker:index/network:Network`, to resource. */
  readonly resources: Readonly<Record<string, Resource>>;
  /**
   * Takes the provider's configuration, once, before any call about a resource. Structured values
   * are JSON strings in it, as the engine sends them. Throws to refuse it.
   * @default the configuration is not looked at
   */
  readonly configure?: (config: Properties, call: ConfigureCall) => Promise<void>;
  /**
   * Looks for mistakes in the configuration that need no connection to anything.
   * @default no failures
   */
  readonly checkConfig?: (config: Properties) => readonly CheckFailure[];
}

export interface ConfigureCall {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Runs a provider as a plugin process. Resolves as soon as the port has been printed; the process
 * then lives until the engine ends it.
 */
export function serveProvider(provider: Provider): Promise<void> {
  return serve((server, host) => {
    server.addService(providerGrpc.ResourceProviderService, implementProvider(provider, host));
  });
}
