import { readFile } from "node:fs/promises";
import type { Json, JsonObject, Method, RecordedCall } from "./recording.ts";

const METHODS: ReadonlySet<string> = new Set<Method>([
  "Check",
  "Diff",
  "Create",
  "Read",
  "Update",
  "Delete",
]);

/** The fields of requests that the recordings have; others are the engine's own business. */
const FIELDS: ReadonlySet<string> = new Set([
  ...["id", "urn", "name", "type", "preview", "ignoreChanges"],
  ...["olds", "news", "oldInputs", "oldOutputs", "properties", "inputs"],
]);

/**
 * Reads the calls that a Pulumi command has made of its providers, from the file that the CLI writes
 * when `PULUMI_DEBUG_GRPC` names one: a line of JSON for each call.
 */
export async function readCalls(path: string): Promise<readonly RecordedCall[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.flatMap((line): RecordedCall[] => {
    const { method, request, response, errors } = JSON.parse(line) as {
      readonly method: string;
      readonly request?: JsonObject;
      readonly response?: JsonObject;
      readonly errors?: readonly string[];
    };
    const [, name] = /^\/pulumirpc\.ResourceProvider\/(\w+)$/.exec(method) ?? [];
    if (name === undefined || !METHODS.has(name) || request === undefined) return [];
    // The CLI logs the begin of a call as well, without an answer.
    if (response === undefined && errors === undefined) return [];
    const kept = Object.entries(request).filter(([field]) => FIELDS.has(field));
    return [
      {
        method: name as Method,
        request: Object.fromEntries(kept) as Readonly<
          Record<string, Json>
        > as RecordedCall["request"],
        ...(response !== undefined && errors === undefined && { response }),
        ...(errors !== undefined && { errors }),
      },
    ];
  });
}
