import type { Facts, Owner } from "./facts.ts";

const mib = 1024 * 1024;

/** Bytes in MiB, as limits are given. */
export function inMib(bytes: number): string {
  return `${Math.round(bytes / mib)} MiB`;
}

/** Bytes in GiB with one decimal, and in MiB below one. */
export function inGib(bytes: number): string {
  return bytes < 1024 * mib ? inMib(bytes) : `${(bytes / mib / 1024).toFixed(1)} GiB`;
}

/** `1 container`, `2 containers`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`; of more than `most` the rest is counted. */
export function list(names: readonly string[], most = 10): string {
  const shown =
    names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1) ?? ""}`;
}

/** ` of stack "staging"`, ` of the Compose project shop`, or nothing, to stand behind a name. */
export function ownership({ stack, composeProject }: Owner): string {
  if (stack !== null) return ` of stack "${stack}"`;
  return composeProject === null ? "" : ` of the Compose project ${composeProject}`;
}

/** The file that a stack's settings stand in. */
export function stackFile({ stack }: Pick<Facts, "stack">): string {
  return `Pulumi.${stack}.yaml`;
}
