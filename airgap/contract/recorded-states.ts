import type { Json, JsonObject, ProgramResource, RecordedCall, Step } from "./recording.ts";

/** A resource as the official provider has left it in a stack's state. */
export interface RecordedState {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  /** As Check answered them, with `__defaults`. */
  readonly inputs: JsonObject;
  /** Secrets are wrapped where the provider has wrapped them. */
  readonly outputs: JsonObject;
  /** What the program asks for: the inputs before Check. */
  readonly news: JsonObject;
  readonly ignoreChanges: readonly string[];
}

/** A stack at the end of a successful `up`. */
export interface Snapshot {
  /** The step that ended so. */
  readonly step: string;
  /** All steps until then, that one included. */
  readonly steps: readonly Step[];
  readonly program: Readonly<Record<string, ProgramResource>>;
  /** In the order of their creation. */
  readonly states: readonly RecordedState[];
}

/** Every state that the steps of a recording have left behind, where none is half-made. */
export function snapshotsOf(recording: readonly Step[]): readonly Snapshot[] {
  const snapshots: Snapshot[] = [];
  let states = new Map<string, RecordedState>();
  let program: Snapshot["program"] = {};
  for (const [index, step] of recording.entries()) {
    program = step.resources ?? program;
    if (step.op === "preview") continue;
    states =
      step.op === "destroy" ? new Map<string, RecordedState>() : afterStep(states, step, program);
    if (step.op !== "up" || step.exit !== 0) continue;
    snapshots.push({
      step: step.step,
      steps: recording.slice(0, index + 1),
      program,
      states: [...states.values()],
    });
  }
  return snapshots;
}

/** Takes the marks of secrets off: a request has the bare values where the provider has not asked for marks. */
export function withoutSecretMarks(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(withoutSecretMarks);
  if (SIGNATURE in value) return value["value"] ?? null;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutSecretMarks(inner)]),
  );
}

/** The key that marks a wrapped value, such as a secret. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";

function afterStep(
  before: ReadonlyMap<string, RecordedState>,
  step: Step,
  program: Snapshot["program"],
): Map<string, RecordedState> {
  const states = new Map(before);
  const checked = new Map<string, RecordedCall>();
  for (const call of step.calls) {
    const { request, response, method } = call;
    if (request["preview"] === true || call.errors !== undefined) continue;
    const old = states.get(request.urn);
    const asked = checked.get(request.urn)?.request["news"] as JsonObject | undefined;
    const outputs = response?.["properties"] as JsonObject | undefined;
    if (method === "Check") checked.set(request.urn, call);
    // An object that is replaced goes before or after its successor comes.
    if (method === "Delete" && old?.id === request["id"]) states.delete(request.urn);
    if (method === "Create" && outputs !== undefined) {
      // The newest one stands last, as things that it depends on are made before.
      states.delete(request.urn);
      states.set(request.urn, {
        ...aboutOf(request),
        id: idOf(call),
        inputs: request["properties"] as JsonObject,
        outputs,
        news: asked ?? {},
        ignoreChanges: (program[request.name]?.opts?.["ignoreChanges"] ?? []) as string[],
      });
    }
    if (old === undefined) continue;
    if (method === "Diff" && response?.["changes"] === "DIFF_NONE") {
      states.set(request.urn, {
        ...old,
        inputs: request["news"] as JsonObject,
        news: asked ?? old.news,
      });
    }
    if (method === "Update" && outputs !== undefined) {
      const inputs = request["news"] as JsonObject;
      states.set(request.urn, { ...old, inputs, outputs, news: asked ?? old.news });
    }
    if (method === "Read") {
      const inputs = response?.["inputs"] as JsonObject | undefined;
      if (outputs === undefined || response?.["id"] === "") states.delete(request.urn);
      else states.set(request.urn, { ...old, outputs, inputs: inputs ?? old.inputs });
    }
  }
  return states;
}

function idOf({ request, response }: RecordedCall): string {
  const id = response?.["id"];
  if (typeof id !== "string") throw new Error(`the recorded ${request.urn} has no id`);
  return id;
}

function aboutOf({ urn, type, name }: RecordedCall["request"]) {
  return { urn, type, name };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
