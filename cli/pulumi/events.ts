import { z } from "zod";

/** The part of Pulumi's engine events that progress and errors are made from; the rest passes through unread. */
const engineEvent = z.object({
  resourcePreEvent: z
    .object({ metadata: z.object({ op: z.string(), urn: z.string() }) })
    .optional(),
  resOutputsEvent: z
    .object({
      metadata: z.object({
        op: z.string(),
        urn: z.string(),
        new: z.object({ outputs: z.record(z.string(), z.unknown()).nullish() }).nullish(),
      }),
    })
    .optional(),
  resOpFailedEvent: z
    .object({ metadata: z.object({ op: z.string(), urn: z.string() }) })
    .optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()) }).optional(),
});

/** What an operation has done so far. */
export interface OperationState {
  /** Operations under way: name of the resource to what is being done. */
  readonly active: ReadonlyMap<string, string>;
  readonly done: number;
  /** Error messages of the engine, the program and the providers, in order, each once. */
  readonly errors: readonly string[];
  /** Count of resources by what happened to them, without those that stayed the same; null until the end. */
  readonly changes: Readonly<Record<string, number>> | null;
  readonly unchanged: number;
  /** The stack's outputs, once the program has ended; secret ones are hidden. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export const idle: OperationState = {
  active: new Map(),
  done: 0,
  errors: [],
  changes: null,
  unchanged: 0,
  outputs: {},
};

/** Pulumi's operations in words; the others (`same`, `read`, …) are no work and are not shown. */
const verbs: Readonly<Record<string, string>> = {
  create: "creating",
  "create-replacement": "creating",
  update: "updating",
  delete: "deleting",
  "delete-replaced": "deleting",
  replace: "replacing",
};

/**
 * Adds one line of the event stream to the state. A line that is no event changes nothing.
 */
export function readEvent(state: OperationState, line: string): OperationState {
  const event = parseEvent(line);
  if (event === null) return state;
  const { resourcePreEvent, diagnosticEvent, summaryEvent } = event;
  const finished = event.resOutputsEvent ?? event.resOpFailedEvent;
  if (resourcePreEvent !== undefined) {
    const verb = verbs[resourcePreEvent.metadata.op];
    if (verb === undefined || isComponent(resourcePreEvent.metadata.urn)) return state;
    const name = resourceName(resourcePreEvent.metadata.urn);
    return { ...state, active: new Map([...state.active, [name, verb]]) };
  }
  if (finished !== undefined) {
    const active = new Map(state.active);
    const known = active.delete(resourceName(finished.metadata.urn));
    const outputs = isStack(finished.metadata.urn)
      ? event.resOutputsEvent?.metadata.new?.outputs
      : null;
    return {
      ...state,
      active,
      done: state.done + (known ? 1 : 0),
      outputs: outputs ?? state.outputs,
    };
  }
  if (diagnosticEvent?.severity === "error") {
    const message = describeDiagnostic(diagnosticEvent.urn, diagnosticEvent.message);
    return state.errors.includes(message)
      ? state
      : { ...state, errors: [...state.errors, message] };
  }
  if (summaryEvent !== undefined) {
    const { same = 0, ...changes } = summaryEvent.resourceChanges;
    return { ...state, changes, unchanged: same };
  }
  return state;
}

/** What is going on, in one line: `creating redis, trading · 12 done`. */
export function describeProgress({ active, done }: OperationState): string {
  const byVerb = new Map<string, string[]>();
  for (const [name, verb] of active) byVerb.set(verb, [...(byVerb.get(verb) ?? []), name]);
  const parts = [...byVerb].map(([verb, names]) => `${verb} ${names.join(", ")}`);
  return [...parts, `${done} done`].join(" · ");
}

/** What came of it, in one line: `3 created, 1 replaced, 40 unchanged`. */
export function describeChanges({ changes, unchanged }: OperationState): string {
  const words: Readonly<Record<string, string>> = {
    create: "created",
    update: "updated",
    delete: "deleted",
    replace: "replaced",
  };
  const counted = Object.entries(changes ?? {})
    .filter(([op, count]) => count > 0 && words[op] !== undefined)
    .map(([op, count]) => `${count} ${words[op] ?? op}`);
  if (counted.length === 0) return `no change, ${unchanged} unchanged`;
  return [...counted, `${unchanged} unchanged`].join(", ");
}

function parseEvent(line: string): z.infer<typeof engineEvent> | null {
  try {
    return engineEvent.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function isStack(urn: string): boolean {
  return urn.includes("::pulumi:pulumi:Stack::");
}

/** The stack and our components group what is made; they are nothing on the engine. */
function isComponent(urn: string): boolean {
  const [, , types = ""] = urn.split("::");
  return (
    isStack(urn) || types.slice(types.lastIndexOf("$") + 1).startsWith("astratrade:components:")
  );
}

/** A URN ends in `::<name>`. */
export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

function describeDiagnostic(urn: string | undefined, message: string): string {
  // Colours come as `<{%name%}>` marks.
  const text = message.replaceAll(/<\{%.*?%\}>/g, "").trim();
  if (urn === undefined || urn === "" || isStack(urn)) return text;
  return `${resourceName(urn)}: ${text}`;
}
