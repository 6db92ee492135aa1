import { exitCodes, UserError } from "../setup/user-error.ts";
import type { Finding } from "./finding.ts";

/**
 * Ends a command that something speaks against.
 * @throws UserError with every refusal and its remedy; exit code 3 where no engine answers
 */
export function refuse(stack: string, findings: readonly Finding[]): void {
  const refusals = findings.filter(({ severity }) => severity === "refusal");
  if (refusals.length === 0) return;
  const items = refusals.map(
    ({ message, remedy }) => `  - ${message}${remedy === null ? "" : `\n    ${remedy}`}`,
  );
  throw new UserError(
    `Stack "${stack}" cannot be deployed as things are; nothing was deployed:\n${items.join("\n")}`,
    refusals.some(({ id }) => id === "engine.away") ? exitCodes.notReachable : exitCodes.failed,
  );
}

/** A line for each warning, with its remedy; not for those that were said before. */
export function warningLines(findings: readonly Finding[], said: readonly Finding[] = []): string {
  return findings
    .filter((it) => it.severity === "warning" && !said.some((before) => isSame(before, it)))
    .map(({ message, remedy }) => `warning: ${message}${remedy === null ? "" : ` ${remedy}`}\n`)
    .join("");
}

/** Figures in the message, such as free memory, change between two looks. */
function isSame(a: Finding, b: Finding): boolean {
  return a.id === b.id && a.subject === b.subject;
}
