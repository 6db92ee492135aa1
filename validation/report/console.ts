import { stripVTControlCharacters, styleText } from "node:util";
import { formatValue } from "./format-value.ts";
import type { CheckResult, Report, Status } from "./schema.ts";
import { closingLine, groupSummaries, statusWords, subject, troubles } from "./words.ts";

export interface ConsoleOptions {
  /** Show every check. @default false: groups are one line each, and troubles are told in full */
  readonly verbose?: boolean;
  /** @default false. Colours only repeat what words say. */
  readonly color?: boolean;
  /** Columns of the terminal. @default 100 */
  readonly width?: number;
}

/**
 * The report for a terminal: what failed comes first, with what to do, then a line for each group, then the verdict.
 * @returns text that ends with a line break
 */
export function renderConsole(report: Report, options: ConsoleOptions = {}): string {
  const { verbose = false, color = false } = options;
  const width = Math.max(options.width ?? 100, minWidth);
  const paint: Paint = (status, text) => (color ? styleText(colors[status], text, plain) : text);
  const lines = [
    `Validation of stack ${subject(report)}`,
    "",
    ...troubles(report).flatMap((check) => [...trouble(check, width, paint), ""]),
    ...logLines(report, width),
    ...groupLines(report, { verbose, width, paint }),
    "",
    ...wrap(closingLine(report), width),
    ...wrap(verdictLine(report), width).map((line) => paint(verdictStatus(report), line)),
  ];
  return `${lines.join("\n")}\n`;
}

type Paint = (status: Status, text: string) => string;

const minWidth = 40;
/** The report has more of them. */
const shownLogLines = 8;
/** Colour was decided by the caller, who knows the terminal. */
const plain = { validateStream: false } as const;
const colors = {
  fail: "red",
  error: "magenta",
  warn: "yellow",
  skipped: "gray",
  "not-applicable": "gray",
  pass: "green",
} as const satisfies Record<Status, string>;

function trouble(check: CheckResult, width: number, paint: Paint): string[] {
  const { status, id, severity, title, expected, actual, unit, remedy } = check;
  const indent = " ".repeat(6);
  const field = (name: string, text: string): string[] =>
    wrap(text, width - 16).map(
      (line, index) => indent + (index === 0 ? name : "").padEnd(10) + line,
    );
  return [
    `${paint(status, statusWords[status].padEnd(6))}${id} (${severity})`,
    ...wrap(title, width - indent.length).map((line) => indent + line),
    ...(expected === null ? [] : field("expected", formatValue(expected, unit))),
    ...field(expected === null ? "reason" : "actual", formatValue(actual, unit)),
    ...field("remedy", remedy),
  ];
}

function logLines({ logs }: Report, width: number): string[] {
  return Object.entries(logs).flatMap(([name, lines]) => [
    `Last lines of ${name}:`,
    ...lines
      .slice(-shownLogLines)
      .flatMap((line) => wrap(line, width - 4).map((part) => `  | ${part}`)),
    "",
  ]);
}

function groupLines(
  report: Report,
  { verbose, width, paint }: { verbose: boolean; width: number; paint: Paint },
): string[] {
  return groupSummaries(report).flatMap(({ group, checks, text }) => {
    const shown = checks.filter(
      ({ status }) => verbose || status === "not-applicable" || status === "skipped",
    );
    return [`${group.padEnd(12)}${text}`, ...checkRows(shown, { verbose, width, paint })];
  });
}

/** Without `verbose`, what has the same reason shares a row: a container that does not run skips all its checks. */
function checkRows(
  checks: readonly CheckResult[],
  { verbose, width, paint }: { verbose: boolean; width: number; paint: Paint },
): string[] {
  const rows = new Map<string, { check: CheckResult; more: number }>();
  for (const check of checks) {
    const sameAs = verbose ? check.id : `${check.status} ${String(check.actual)}`;
    const row = rows.get(sameAs);
    if (row === undefined) rows.set(sameAs, { check, more: 0 });
    else row.more++;
  }
  return [...rows.values()].flatMap(({ check, more }) => {
    const { id, status, actual, unit } = check;
    const others = more === 0 ? "" : ` and ${more} more`;
    const word = paint(status, statusWords[status].padEnd(6));
    const text = `${id}${others}: ${formatValue(actual, unit)}`;
    return wrap(text, width - 8).map((line, index) =>
      index === 0 ? `  ${word}${line}` : `        ${line}`,
    );
  });
}

function verdictLine({ verdict, verdictReason }: Report): string {
  return `${verdict.toUpperCase()}: ${verdictReason}`;
}

function verdictStatus({ verdict }: Report): Status {
  return ({ passed: "pass", failed: "fail", inconclusive: "error" } as const)[verdict];
}

/**
 * Breaks text at spaces, and at its own line breaks; a word that is longer than the line stays whole, so that it can be
 * copied. What a container printed must not move the cursor or set colours, so control characters go.
 */
export function wrap(text: string, width: number): string[] {
  return stripVTControlCharacters(text)
    .split("\n")
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.trim().split(/[\s\p{Cc}]+/u)) {
        if (line !== "" && line.length + 1 + word.length > width) {
          lines.push(line);
          line = word;
        } else {
          line = line === "" ? word : `${line} ${word}`;
        }
      }
      return [...lines, line];
    });
}
