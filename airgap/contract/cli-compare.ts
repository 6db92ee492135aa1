import { compareAnswers, textsOf } from "./compare.ts";
import type { KnownValues } from "./known-values.ts";
import { prepare } from "./prepare.ts";
import type { Json, JsonObject, RecordedCall } from "./recording.ts";
import { compareErrors, compareFailures } from "./wording.ts";
import type { Failure } from "./wording.ts";

/** Compares two counts of changes, line by line. */
export function compareChanges(
  recorded: readonly string[],
  actual: readonly string[],
): readonly string[] {
  const [one, other] = [recorded, actual].map((lines) => lines.join(", "));
  return one === other ? [] : [`changes: recorded ${one ?? ""}, now ${other ?? ""}`];
}

/** Resources are worked on in parallel, so only the calls of one resource have an order. */
export function compareCalls(
  recorded: readonly RecordedCall[],
  actual: readonly RecordedCall[],
  known: KnownValues,
): readonly string[] {
  const urns = [...new Set([...recorded, ...actual].map((call) => call.request.urn))];
  return urns.flatMap((urn) => {
    const [before, now] = [recorded, actual].map((calls) =>
      calls.filter((call) => call.request.urn === urn),
    );
    const name = before?.[0]?.request.name ?? now?.[0]?.request.name ?? urn;
    const [one, other] = [before, now].map((calls) => (calls ?? []).map(describe).join(", "));
    if (one !== other) return [`calls of ${name}: recorded ${one ?? ""}; now ${other ?? ""}`];
    return (before ?? []).flatMap((call, i) => {
      const twin = now?.[i];
      return twin === undefined
        ? []
        : compareCall(call, twin, known).map((text) => `${describe(call)} of ${name}: ${text}`);
    });
  });
}

function describe({ method, request, errors }: RecordedCall): string {
  return `${method}${request["preview"] === true ? " (preview)" : ""}${errors === undefined ? "" : " that fails"}`;
}

function compareCall(
  recorded: RecordedCall,
  actual: RecordedCall,
  known: KnownValues,
): readonly string[] {
  const inputs = (recorded.request["news"] ?? recorded.request["inputs"]) as JsonObject | undefined;
  const terms = {
    known,
    type: recorded.request.type,
    mayHaveEnded: mayHaveEnded(recorded.request),
  };
  const { failures: recordedFailures = [], ...recordedAnswer } = recorded.response ?? {};
  const { failures = [], ...answer } = actual.response ?? {};
  return [
    ...compareAnswers(prepare(recorded.request), prepare(actual.request), {
      ...terms,
      chosen: new Set(),
    }).map((text) => `request: ${text}`),
    ...compareFailures(toFailures(recordedFailures), toFailures(failures)),
    ...compareAnswers(prepare(recordedAnswer), prepare(answer), {
      ...terms,
      chosen: textsOf(inputs),
    }),
    ...(recorded.errors === undefined
      ? []
      : compareErrors(recorded.errors.join("\n"), (actual.errors ?? []).join("\n"))),
  ];
}

function mayHaveEnded(request: RecordedCall["request"]): boolean {
  return JSON.stringify(request).includes('"command":["false"]');
}

function toFailures(failures: Json): readonly Failure[] {
  return (failures as readonly Partial<Failure>[]).map(({ property = "", reason = "" }) => ({
    property,
    reason,
  }));
}
