import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { startPlugin } from "../plugin/testing/plugin-process.ts";
import { fromStruct, toStruct } from "./driver-messages.ts";
import { METHODS, ask } from "./driver-methods.ts";
import type { JsonObject, Method, RecordedCall } from "./recording.ts";
import type { Failure } from "./wording.ts";

/** How a call ended. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: JsonObject; readonly failures: readonly Failure[] }
  | {
      readonly kind: "error";
      readonly code: grpc.status;
      readonly message: string;
      readonly halfMade: HalfMade | undefined;
    };

/** The object that exists although the call has failed. */
export interface HalfMade {
  readonly id: string;
  readonly properties: JsonObject;
  readonly inputs: JsonObject;
  readonly reasons: readonly string[];
}

/** A provider process, spoken to as the engine speaks to it. */
export interface ProviderDriver {
  call(method: Method, request: RecordedCall["request"]): Promise<Outcome>;
  stop(): Promise<void>;
}

/**
 * Starts a provider from its (bundled) entry point and configures it.
 *
 * @param config settings of the provider, such as `host`
 */
export async function startProvider(
  entry: string,
  config: JsonObject = {},
): Promise<ProviderDriver> {
  const plugin = await startPlugin(entry);
  const args = toStruct(config);
  await ask<messages.CheckResponse>((options, callback) =>
    plugin.client.checkConfig(
      new messages.CheckRequest().setNews(args),
      new grpc.Metadata(),
      options,
      callback,
    ),
  );
  await ask<messages.ConfigureResponse>((options, callback) =>
    plugin.client.configure(
      new messages.ConfigureRequest().setArgs(args),
      new grpc.Metadata(),
      options,
      callback,
    ),
  );
  return {
    call: async (method, request) => {
      try {
        return await METHODS[method](plugin.client, request);
      } catch (error) {
        return toError(error as grpc.ServiceError);
      }
    },
    stop: async () => {
      await plugin.stop();
    },
  };
}

function toError(error: grpc.ServiceError): Outcome {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const detail =
    bytes === undefined
      ? undefined
      : status.Status.deserializeBinary(bytes as Buffer).getDetailsList()[0];
  return {
    kind: "error",
    code: error.code,
    message: error.details,
    halfMade: detail === undefined ? undefined : toHalfMade(detail.getValue_asU8()),
  };
}

function toHalfMade(bytes: Uint8Array): HalfMade {
  const message = messages.ErrorResourceInitFailed.deserializeBinary(bytes);
  return {
    id: message.getId(),
    properties: fromStruct(message.getProperties()),
    inputs: fromStruct(message.getInputs()),
    reasons: message.getReasonsList(),
  };
}
