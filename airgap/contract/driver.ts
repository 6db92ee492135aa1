import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { startPlugin } from "../plugin/testing/plugin-process.ts";
import type { PluginProcess } from "../plugin/testing/plugin-process.ts";
import type { Json, JsonObject, Method, RecordedCall } from "./recording.ts";
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

/** No call of a scenario takes longer; the longest wait for a health check is 20 seconds. */
const CALL_DEADLINE_MS = 90_000;

/** Starts a provider from its (bundled) entry point and configures it without any settings. */
export async function startProvider(entry: string): Promise<ProviderDriver> {
  const plugin = await startPlugin(entry);
  const args = struct.Struct.fromJavaScript({});
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
        return await METHODS[method](plugin, request);
      } catch (error) {
        return toError(error as grpc.ServiceError);
      }
    },
    stop: async () => {
      await plugin.stop();
    },
  };
}

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

function ask<Response>(
  start: (options: grpc.CallOptions, callback: Callback<Response>) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start({ deadline: Date.now() + CALL_DEADLINE_MS }, (error, response) =>
      error === null ? resolve(response) : reject(error),
    );
  });
}

type Perform = (plugin: PluginProcess, request: RecordedCall["request"]) => Promise<Outcome>;

const METHODS: Readonly<Record<Method, Perform>> = {
  Check: async ({ client }, request) => {
    const message = about(new messages.CheckRequest(), request)
      .setOlds(toStruct(request["olds"]))
      .setNews(toStruct(request["news"]))
      .setOldOutputs(toStruct(request["oldOutputs"]));
    const response = await ask<messages.CheckResponse>((options, callback) =>
      client.check(message, new grpc.Metadata(), options, callback),
    );
    const failures = response
      .getFailuresList()
      .map((one) => ({ property: one.getProperty(), reason: one.getReason() }));
    return { kind: "answer", answer: { inputs: fromStruct(response.getInputs()) }, failures };
  },
  Diff: async ({ client }, request) => {
    const message = withStates(about(new messages.DiffRequest(), request), request);
    const response = await ask<messages.DiffResponse>((options, callback) =>
      client.diff(message, new grpc.Metadata(), options, callback),
    );
    return answer(fromDiff(response));
  },
  Create: async ({ client }, request) => {
    const message = about(new messages.CreateRequest(), request)
      .setProperties(toStruct(request["properties"]))
      .setPreview(request["preview"] === true);
    const response = await ask<messages.CreateResponse>((options, callback) =>
      client.create(message, new grpc.Metadata(), options, callback),
    );
    return answer({ id: response.getId(), properties: fromStruct(response.getProperties()) });
  },
  Read: async ({ client }, request) => {
    const message = about(new messages.ReadRequest(), request)
      .setId(idOf(request))
      .setProperties(toStruct(request["properties"]))
      .setInputs(toStruct(request["inputs"]));
    const response = await ask<messages.ReadResponse>((options, callback) =>
      client.read(message, new grpc.Metadata(), options, callback),
    );
    const [properties, inputs] = [response.getProperties(), response.getInputs()].map(fromStruct);
    return answer({ id: response.getId(), properties: properties ?? {}, inputs: inputs ?? {} });
  },
  Update: async ({ client }, request) => {
    const message = withStates(about(new messages.UpdateRequest(), request), request).setPreview(
      request["preview"] === true,
    );
    const response = await ask<messages.UpdateResponse>((options, callback) =>
      client.update(message, new grpc.Metadata(), options, callback),
    );
    return answer({ properties: fromStruct(response.getProperties()) });
  },
  Delete: async ({ client }, request) => {
    const message = about(new messages.DeleteRequest(), request)
      .setId(idOf(request))
      .setProperties(toStruct(request["properties"]))
      .setOldInputs(toStruct(request["oldInputs"]));
    await ask((options, callback) =>
      client.delete(message, new grpc.Metadata(), options, callback),
    );
    return answer({});
  },
};

function answer(value: JsonObject): Outcome {
  return { kind: "answer", answer: value, failures: [] };
}

function about<
  Message extends {
    setUrn(v: string): Message;
    setType(v: string): Message;
    setName(v: string): Message;
  },
>(message: Message, request: RecordedCall["request"]): Message {
  return message.setUrn(request.urn).setType(request.type).setName(request.name);
}

function withStates<Message extends messages.DiffRequest | messages.UpdateRequest>(
  message: Message,
  request: RecordedCall["request"],
): Message {
  message.setId(idOf(request));
  message.setOlds(toStruct(request["olds"]));
  message.setNews(toStruct(request["news"]));
  message.setOldInputs(toStruct(request["oldInputs"]));
  message.setIgnorechangesList((request["ignoreChanges"] ?? []) as string[]);
  return message;
}

function fromDiff(response: messages.DiffResponse): JsonObject {
  const kinds = Object.entries(messages.PropertyDiff.Kind);
  const changes = Object.entries(messages.DiffResponse.DiffChanges);
  const detailedDiff = response
    .getDetaileddiffMap()
    .getEntryList()
    .map(([path]) => {
      const kind = response.getDetaileddiffMap().get(path)?.getKind();
      return [path, { kind: kinds.find(([, value]) => value === kind)?.[0] ?? null }];
    });
  return {
    replaces: response.getReplacesList(),
    stables: response.getStablesList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    changes: changes.find(([, value]) => value === response.getChanges())?.[0] ?? null,
    diffs: response.getDiffsList(),
    detailedDiff: Object.fromEntries(detailedDiff) as JsonObject,
    hasDetailedDiff: response.getHasdetaileddiff(),
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

function toStruct(value: Json | undefined): struct.Struct {
  return struct.Struct.fromJavaScript(
    (value ?? {}) as Parameters<typeof struct.Struct.fromJavaScript>[0],
  );
}

function fromStruct(message: struct.Struct | undefined): JsonObject {
  return message?.toJavaScript() ?? {};
}

function idOf(request: RecordedCall["request"]): string {
  const id = request["id"];
  if (typeof id !== "string") throw new Error(`the recorded request has no id: ${request.urn}`);
  return id;
}
