import type { ExplainedSetting } from "./explain-settings.ts";
import type { HeldSetting } from "./settings-that-hold.ts";

/** The settings that hold, as a table. */
export function renderHeld(settings: readonly HeldSetting[], file: string): string {
  const rows = [
    ["KEY", "VALUE", "FROM"],
    ...settings.map(({ key, value, from }) => [key, show(value), from === "default" ? from : file]),
  ];
  const [keyWidth = 0, valueWidth = 0] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map(([key = "", value = "", from = ""]) =>
      `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${from}`.trimEnd(),
    )
    .join("\n");
}

const introduction = [
  "Settings of a stack stand in Pulumi.<stack>.yaml under `config:`. A dot in a key means a map there, such as",
  "    astratrade:ports:",
  "      gateway: 8100",
  "for astratrade:ports.gateway.",
].join("\n");

/** Every setting there is, a paragraph each. */
export function renderExplained(settings: readonly ExplainedSetting[]): string {
  const paragraphs = settings.map(({ key, names, allowed, default: value, meaning }) =>
    [
      key,
      `    ${meaning}`,
      `    value    ${allowed}`,
      `    default  ${show(value)}`,
      ...(names.length > 0 ? [`    <name>   one of ${names.join(", ")}`] : []),
    ].join("\n"),
  );
  return [introduction, ...paragraphs].join("\n\n");
}

function show(value: unknown): string {
  if (value === null) return "not set";
  if (value === "") return "empty";
  return typeof value === "string" ? value : JSON.stringify(value);
}
