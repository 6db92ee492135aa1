import * as grpc from "@grpc/grpc-js";
import type providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { about, fromDiff, fromStruct, idOf, toStruct, withStates } from "./driver-messages.ts";
import type { Outcome } from "./driver.ts";
import type { JsonObject, Method, RecordedCall } from "./recording.ts";

type Client = providerGrpc.ResourceProviderClient;

/** Makes one call of a provider from the fields of a recorded request. Throws the gRPC error. */
type Perform = (client: Client, request: RecordedCall["request"]) => Promise<Outcome>;

/** The calls about resources. */
export const METHODS: Readonly<Record<Method, Perform>> = {
  Check: async (client, request) => {
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
  Diff: async (client, request) => {
    const message = withStates(about(new messages.DiffRequest(), request), request);
    const response = await ask<messages.DiffResponse>((options, callback) =>
      client.diff(message, new grpc.Metadata(), options, callback),
    );
    return answer(fromDiff(response));
  },
  Create: async (client, request) => {
    const message = about(new messages.CreateRequest(), request)
      .setProperties(toStruct(request["properties"]))
      .setPreview(request["preview"] === true);
    const response = await ask<messages.CreateResponse>((options, callback) =>
      client.create(message, new grpc.Metadata(), options, callback),
    );
    return answer({ id: response.getId(), properties: fromStruct(response.getProperties()) });
  },
  Read: async (client, request) => {
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
  Update: async (client, request) => {
    const message = withStates(about(new messages.UpdateRequest(), request), request).setPreview(
      request["preview"] === true,
    );
    const response = await ask<messages.UpdateResponse>((options, callback) =>
      client.update(message, new grpc.Metadata(), options, callback),
    );
    return answer({ properties: fromStruct(response.getProperties()) });
  },
  Delete: async (client, request) => {
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

/** No call of a scenario takes longer; the longest wait for a health check is 20 seconds. */
const CALL_DEADLINE_MS = 90_000;

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** Makes a promise of a call with a deadline. */
export function ask<Response>(
  start: (options: grpc.CallOptions, callback: Callback<Response>) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start({ deadline: Date.now() + CALL_DEADLINE_MS }, (error, response) =>
      error === null ? resolve(response) : reject(error),
    );
  });
}
