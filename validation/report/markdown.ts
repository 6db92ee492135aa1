import { formatValue } from "./format-value.ts";
import type { CheckResult, Report } from "./schema.ts";
import { closingLine, groupSummaries, statusWords, subject, troubles } from "./words.ts";

/** The report as Markdown, for a job summary or a ticket: words carry everything, no colour does. */
export function renderMarkdown(report: Report): string {
  const { verdict, verdictReason, runId, startedAt } = report;
  return [
    `# Validation of stack ${subject(report)}: ${verdict}`,
    "",
    escapeText(verdictReason),
    "",
    `${closingLine(report)} Started ${startedAt}, run ${runId}.`,
    "",
    ...troubleSections(report),
    ...logSections(report),
    "## All checks",
    "",
    ...groupSummaries(report).flatMap(({ group, checks, text }) => [
      `### ${group}: ${text}`,
      "",
      ...table(
        ["status", "severity", "check", "expected", "actual"],
        checks.map((check) => [
          statusWords[check.status],
          check.severity,
          `${code(check.id)} ${escapeText(check.title)}`,
          escapeText(formatValue(check.expected, check.unit)),
          escapeText(formatValue(check.actual, check.unit)),
        ]),
      ),
      "",
    ]),
    "## What was checked, and with what",
    "",
    ...table(
      ["", ""],
      flatten(report.context).map(([name, value]) => [escapeText(name), escapeText(value)]),
    ),
    "",
  ].join("\n");
}

function troubleSections(report: Report): string[] {
  const found = troubles(report);
  if (found.length === 0) return [];
  return ["## What to look at", "", ...found.flatMap(troubleSection)];
}

function troubleSection(check: CheckResult): string[] {
  const { id, severity, status, title, expected, actual, unit, why, remedy } = check;
  return [
    `### ${statusWords[status]} ${code(id)} (${severity}): ${escapeText(title)}`,
    "",
    ...(expected === null ? [] : [`- expected: ${escapeText(formatValue(expected, unit))}`]),
    `- ${expected === null ? "reason" : "actual"}: ${escapeText(formatValue(actual, unit))}`,
    `- why it matters: ${escapeText(why)}`,
    // Remedies are our own text, with commands marked as code.
    `- remedy: ${remedy}`,
    "",
  ];
}

function logSections({ logs }: Report): string[] {
  return Object.entries(logs).flatMap(([name, lines]) => [
    `### Last lines of ${name}`,
    "",
    // Four spaces and not a fence, which a line of the log could close.
    ...lines.map((line) => `    ${line}`),
    "",
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)];
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** Text of containers and tools must not become markup or end a table's cell. */
function escapeText(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`);
}

/** Nested facts as rows: `engine.version`, `24.0.5`. */
function flatten(value: unknown, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, inner]) =>
    flatten(inner, path === "" ? name : `${path}.${name}`),
  );
}
