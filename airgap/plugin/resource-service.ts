import type providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { ResourceError } from "./errors.ts";
import { readCheckRequest, toTimeoutMs, writeCheckResult, writeDiffResult } from "./messages.ts";
import type { Provider } from "./provider.ts";
import type { Call, Resource } from "./resource.ts";
import type { Host } from "./serve.ts";
import { unary } from "./unary.ts";
import { fromStruct, toStruct } from "./values.ts";

type ResourceMethods = Pick<
  providerGrpc.IResourceProviderServer,
  "check" | "diff" | "create" | "read" | "update" | "delete"
>;

/** The six RPCs about resources: from message to the resource of that type, and back. */
export function implementResources(provider: Provider, host: Host): ResourceMethods {
  return {
    check: unary(host.signal, async (request, signal) => {
      const { resource, call } = dispatch(provider, host, request, signal);
      return writeCheckResult(await resource.check(readCheckRequest(request), call));
    }),
    diff: unary(host.signal, async (request, signal) => {
      const { resource, call } = dispatch(provider, host, request, signal);
      return writeDiffResult(await resource.diff(readDiffRequest(request), call));
    }),
    create: unary(host.signal, async (request, signal) => {
      const timeoutMs = toTimeoutMs(request.getTimeout());
      const { resource, call } = dispatch(provider, host, request, limited(signal, timeoutMs));
      const inputs = fromStruct(request.getProperties());
      const preview = request.getPreview();
      const created = await resource.create({ inputs, preview, timeoutMs }, call);
      return new messages.CreateResponse()
        .setId(preview ? "" : created.id)
        .setProperties(toStruct(created.properties));
    }),
    read: unary(host.signal, async (request, signal) => {
      const { resource, call } = dispatch(provider, host, request, signal);
      const properties = fromStruct(request.getProperties());
      const inputs = fromStruct(request.getInputs());
      const found = await resource.read({ id: request.getId(), properties, inputs }, call);
      // An empty id tells the engine that the object is gone.
      if (found === undefined) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(toStruct(found.properties))
        .setInputs(toStruct(found.inputs));
    }),
    update: unary(host.signal, async (request, signal) => {
      const timeoutMs = toTimeoutMs(request.getTimeout());
      const { resource, call } = dispatch(provider, host, request, limited(signal, timeoutMs));
      const preview = request.getPreview();
      const outputs = await resource.update(
        { ...readDiffRequest(request), preview, timeoutMs },
        call,
      );
      return new messages.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: unary(host.signal, async (request, signal) => {
      const timeoutMs = toTimeoutMs(request.getTimeout());
      const { resource, call } = dispatch(provider, host, request, limited(signal, timeoutMs));
      const properties = fromStruct(request.getProperties());
      const oldInputs = fromStruct(request.getOldInputs());
      await resource.delete({ id: request.getId(), properties, oldInputs, timeoutMs }, call);
      return new empty.Empty();
    }),
  };
}

/** Finds the resource that a request is about, and the call's context. */
function dispatch(
  provider: Provider,
  host: Host,
  request: { getUrn(): string; getName(): string; getType(): string },
  signal: AbortSignal,
): { resource: Resource; call: Call } {
  const urn = request.getUrn();
  // urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>, where the name may contain "::".
  const parts = urn.split("::");
  const type = request.getType() || (parts[2]?.split("$").at(-1) ?? "");
  const name = request.getName() || parts.slice(3).join("::");
  const resource = provider.resources[type];
  if (resource === undefined) {
    throw new ResourceError(
      `the fallback ${provider.name} provider has no resource type ${type}, only ` +
        `${Object.keys(provider.resources).join(", ")}; for ${name} install the official ` +
        `plugin ${provider.name} v${provider.version}`,
    );
  }
  return { resource, call: { urn, type, name, signal, log: host.log.for(urn) } };
}

/** Adds the user's `customTimeouts` to a signal. */
function limited(signal: AbortSignal, timeoutMs: number | undefined): AbortSignal {
  return timeoutMs === undefined
    ? signal
    : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

function readDiffRequest(request: messages.DiffRequest | messages.UpdateRequest) {
  return {
    id: request.getId(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}
