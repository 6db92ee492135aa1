import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Json, JsonObject, RecordedCall } from "./recording.ts";

/** Says which resource a request is about. */
export function about<
  Message extends {
    setUrn(v: string): Message;
    setType(v: string): Message;
    setName(v: string): Message;
  },
>(message: Message, request: RecordedCall["request"]): Message {
  return message.setUrn(request.urn).setType(request.type).setName(request.name);
}

/** Fills in the states that Diff and Update compare. */
export function withStates<Message extends messages.DiffRequest | messages.UpdateRequest>(
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

/** The answer to Diff in the words of the recordings. */
export function fromDiff(response: messages.DiffResponse): JsonObject {
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

export function toStruct(value: Json | undefined): struct.Struct {
  return struct.Struct.fromJavaScript(
    (value ?? {}) as Parameters<typeof struct.Struct.fromJavaScript>[0],
  );
}

/** Secrets stay wrapped, as they are in the recordings. */
export function fromStruct(message: struct.Struct | undefined): JsonObject {
  return message?.toJavaScript() ?? {};
}

/** The id that a request is about; every request but Check and Create has one. */
export function idOf(request: RecordedCall["request"]): string {
  const id = request["id"];
  if (typeof id !== "string") throw new Error(`the recorded request has no id: ${request.urn}`);
  return id;
}
