import * as grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import type { Log } from "./resource.ts";

/** A way to write messages to the engine, which shows them to the person who runs Pulumi. */
export interface EngineLog {
  /** Changes the engine's address, for a plugin that was attached to instead of started. */
  connect(address: string): void;
  /** Messages about one resource, or about none if the urn is empty. */
  for(urn: string): Log;
}

/**
 * Opens the log. Without an address (a plugin started by hand) messages go to standard error, since
 * the engine reads the port from standard output. A message that does not arrive is dropped: a log
 * line must not fail a deployment.
 */
export function openEngineLog(address: string | undefined): EngineLog {
  let client = address === undefined ? undefined : newClient(address);
  const write = (urn: string, severity: engine.LogSeverity, message: string, isStatus = false) => {
    if (client === undefined) {
      if (!isStatus) process.stderr.write(`${message}\n`);
      return;
    }
    const request = new engine.LogRequest()
      .setUrn(urn)
      .setSeverity(severity)
      .setMessage(message)
      .setEphemeral(isStatus);
    client.log(request, new grpc.Metadata(), { deadline: Date.now() + 10_000 }, () => undefined);
  };
  return {
    connect: (newAddress) => {
      client?.close();
      client = newClient(newAddress);
    },
    for: (urn) => ({
      debug: (message) => write(urn, engine.LogSeverity.DEBUG, message),
      info: (message) => write(urn, engine.LogSeverity.INFO, message),
      warning: (message) => write(urn, engine.LogSeverity.WARNING, message),
      status: (message) => write(urn, engine.LogSeverity.INFO, message, true),
    }),
  };
}

function newClient(address: string): engineGrpc.EngineClient {
  return new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
}
