import type { Facts } from "./facts.ts";
import type { Finding, Severity } from "./finding.ts";
import { findingGroups } from "./groups/index.ts";

/** Number of findings of each severity. */
export type Summary = Readonly<Record<Severity, number>>;

export function summarise(findings: readonly Finding[]): Summary {
  const countOf = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    refusal: countOf("refusal"),
    warning: countOf("warning"),
    info: countOf("info"),
    passed: countOf("passed"),
  };
}

const sections: readonly (readonly [Severity, string])[] = [
  ["refusal", "Refused"],
  ["warning", "Warnings"],
  ["info", "To know"],
];

/**
 * Findings for a person: refusals first, each with its remedy under it, and what is in order as one line a group.
 * @param width columns of the terminal
 */
export function renderFindings(stack: string, findings: readonly Finding[], width: number): string {
  const idWidth = Math.max(0, ...findings.map(({ id }) => id.length)) + 2;
  const parts = sections.flatMap(([severity, title]) => {
    const those = findings.filter((finding) => finding.severity === severity);
    if (those.length === 0) return [];
    return [`${title}\n${those.map((it) => renderFinding(it, idWidth, width)).join("\n")}`];
  });
  const passed = findingGroups.flatMap(({ name }) => {
    const those = findings.filter((it) => it.severity === "passed" && it.id.startsWith(`${name}.`));
    if (those.length === 0) return [];
    const text = those.map(({ message }) => message).join("; ");
    return [wrap(`  ${name.padEnd(idWidth)}`, text, width)];
  });
  const inOrder = passed.length === 0 ? [] : [`In order\n${passed.join("\n")}`];
  return `${[...parts, ...inOrder, closingLine(stack, findings)].join("\n\n")}\n`;
}

/** Everything, for programs. `schemaVersion` grows when a field changes its meaning or goes. */
export function renderJson(facts: Facts, findings: readonly Finding[], now: Date): string {
  const { engine, stack } = facts;
  const document = {
    schemaVersion: 1,
    stack,
    checkedAt: now.toISOString(),
    engine: engine.answers
      ? { host: engine.host, version: engine.info.version, apiVersion: engine.info.apiVersion }
      : null,
    summary: summarise(findings),
    findings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function renderFinding({ id, message, remedy }: Finding, idWidth: number, width: number): string {
  const head = wrap(`  ${id.padEnd(idWidth)}`, message, width);
  if (remedy === null) return head;
  return `${head}\n${wrap(`${" ".repeat(idWidth)}→ `, remedy, width)}`;
}

function closingLine(stack: string, findings: readonly Finding[]): string {
  const { refusal, warning, info, passed } = summarise(findings);
  const verdict = refusal === 0 ? "can be deployed" : "cannot be deployed as things are";
  const counts = [
    `${refusal} refused`,
    `${warning} warning${warning === 1 ? "" : "s"}`,
    `${info} to know`,
    `${passed} in order`,
  ];
  return `Stack "${stack}" ${verdict}: ${counts.join(", ")}.`;
}

/** Breaks a text between words; lines after the first are indented like it. A word that is too long stays whole. */
function wrap(head: string, text: string, width: number): string {
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(head.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}
