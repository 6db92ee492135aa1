import { count } from "../words.ts";
import { absent, type DriftItem, type Mend } from "./drift-item.ts";

/** Longer values are cut around the place where the two begin to differ. */
const longestValue = 160;
/** Lines of one file's diff; the rest is counted. */
const longestDiff = 60;

/**
 * The whole of the drift, for a person: a group for each container, network and volume, `-` what was deployed and `+`
 * what is there, and what `up` will do about it.
 * @param up the command that mends it
 */
export function describeDrift(items: readonly DriftItem[], up: string): string[] {
  const groups = [...Map.groupBy(items, ({ kind, name }) => `${kind} ${name}`)];
  return groups.flatMap(([title, group]) => [
    title,
    ...group.flatMap(describeItem),
    `  ${describeMending(group, up)}`,
    "",
  ]);
}

/** A line a difference, for the progress of a deploy; no more than `most`, and then how many are left. */
export function summariseDrift(items: readonly DriftItem[], most = 20): string {
  if (items.length === 0) return "none";
  const lines = items.slice(0, most).map((item) => `    ${oneLine(item)}`);
  const rest = items.length - most;
  return [
    `${count(items.length, "difference")} in ${count(new Set(items.map(({ urn }) => urn)).size, "place")}`,
    ...lines,
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ].join("\n");
}

function describeItem({ property, expected, actual, diff }: DriftItem): string[] {
  const body =
    diff === undefined
      ? valueLines(expected, actual)
      : cutLines(diff.split("\n")).map((line) => `    ${line}`.trimEnd());
  return [`  ${property}`, ...body];
}

function valueLines(expected: string, actual: string): string[] {
  const [before, after] = excerpts(expected, actual);
  return [
    ...(expected === absent ? [] : [`    - ${before}`]),
    ...(actual === absent ? [] : [`    + ${after}`]),
  ];
}

function cutLines(lines: readonly string[]): readonly string[] {
  if (lines.length <= longestDiff) return lines;
  return [...lines.slice(0, longestDiff), `… and ${lines.length - longestDiff} more lines`];
}

/** What each kind of mending is called; the strongest of a group says what happens to the whole. */
const actions: readonly (readonly [Mend, string])[] = [
  ["replace", "replaces it"],
  ["create", "makes it again"],
  ["start", "starts it"],
  ["update", "updates it in place"],
  ["resume", "lets it go on"],
  ["disconnect", "takes the stranger out of it"],
];

function describeMending(group: readonly DriftItem[], up: string): string {
  const has = (mend: Mend): boolean => group.some((item) => item.mend === mend);
  const whole = actions.filter(([mend]) => has(mend));
  // A container that is made anew is started and updated by that.
  const said = has("replace") || has("create") ? whole.slice(0, 1) : whole;
  if (said.length === 0) return leftAlone(group[0]?.kind ?? "container");
  const byHand = group.flatMap((it) => it.byHand ?? []);
  if (byHand.length > 0) return byHand.join(" ");
  const andMembers =
    group[0]?.kind === "network" && has("replace") ? ", and the containers in it" : "";
  return `\`${up}\` ${said.map(([, words]) => words).join(", and ")}${andMembers}.`;
}

function leftAlone(kind: DriftItem["kind"]): string {
  return kind === "volume"
    ? "It is left as it is, since there is data in it."
    : "It is left as it is: making it anew would not change this, or do more harm than good.";
}

function oneLine({ name, property, expected, actual, diff }: DriftItem): string {
  if (diff !== undefined) return `${name}: ${property} was edited`;
  const [before, after] = excerpts(expected, actual, 60);
  if (expected === absent) return `${name}: ${property} was added: ${after}`;
  if (actual === absent) return `${name}: ${property} is gone, it was ${before}`;
  return `${name}: ${property} is ${after}, deployed was ${before}`;
}

/** Both values, cut to what can be read, with the place where they part in view. */
function excerpts(a: string, b: string, longest = longestValue): [string, string] {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  const from = Math.max(a.length, b.length) <= longest ? 0 : Math.max(0, same - longest / 4);
  const cut = (text: string): string => {
    const line = text.slice(from, from + longest).replaceAll("\n", "\\n");
    const head = from > 0 ? "…" : "";
    return `${head}${line}${text.length > from + longest ? "…" : ""}`;
  };
  return [cut(a), cut(b)];
}
