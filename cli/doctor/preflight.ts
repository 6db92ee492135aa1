import { isDeepStrictEqual } from "node:util";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import type { StackConfig } from "../../topology/stack-config.ts";
import type { Topology } from "../../topology/topology.ts";
import { resolvePaths, type Paths } from "../paths.ts";
import { readEarlierFacts } from "../setup/machine-file.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { examine, isMendedBySetUp } from "./examine.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { gatherFacts } from "./gather-facts.ts";

export interface PreflightInput {
  readonly stack: string;
  readonly config: StackConfig;
  /** A recorded release that is about to be deployed. @default what the settings make of this machine */
  readonly topology?: Topology;
  /** Containers that no state knows are to be taken over. @default false */
  readonly adopt?: boolean;
  /** @default resolvePaths() */
  readonly paths?: Paths;
}

/** What was looked at before set-up: the second look says nothing twice. */
export interface FirstLook {
  readonly input: PreflightInput;
  readonly facts: Facts;
  readonly warned: readonly Finding[];
}

/**
 * Looks at machine, engine and stack; nothing is changed. It takes as long as it needs, a second or two.
 * @throws ConfigError when the settings make no topology
 */
export async function preflight(
  input: PreflightInput,
): Promise<{ facts: Facts; findings: readonly Finding[] }> {
  const facts = await look(input, { thorough: true, lock: true });
  return { facts, findings: examine(facts) };
}

/**
 * The first look of a command that goes on to set-up and deploy, before either has touched anything. Warnings are printed.
 * What set-up mends is left to it; where no engine answers, so is what needs one.
 * @throws UserError with every refusal and its remedy; ConfigError when the settings make no topology
 */
export async function requirePreflight(input: PreflightInput): Promise<FirstLook> {
  const facts = await look(input, { thorough: false, lock: false });
  const findings = examine(facts).filter((finding) => !isMendedBySetUp(finding));
  refuse(input.stack, findings);
  const warned = findings.filter(({ severity }) => severity === "warning");
  printWarnings(warned);
  return { input, facts, warned };
}

/**
 * The second look, at what set-up has changed: on a machine that was ready there is nothing to look at.
 * @throws UserError as the first
 */
export async function requirePreflightAfterSetUp(
  { input, facts: before, warned }: FirstLook,
  machine: MachineFacts,
): Promise<void> {
  if (before.engine.answers && isDeepStrictEqual(before.machine, machine)) return;
  const findings = examine(await look(input, { thorough: false, lock: false }));
  refuse(input.stack, findings);
  printWarnings(
    findings.filter((it) => it.severity === "warning" && !warned.some((said) => isSame(said, it))),
  );
}

async function look(
  { stack, config, topology, adopt = false, paths = resolvePaths() }: PreflightInput,
  how: { readonly thorough: boolean; readonly lock: boolean },
): Promise<Facts> {
  return await gatherFacts({
    ...{ stack, config, record: topology ?? null, adopt, paths, ...how },
    machine: readEarlierFacts(paths) ?? null,
  });
}

/** Figures in the message, such as free memory, change between two looks. */
function isSame(a: Finding, b: Finding): boolean {
  return a.id === b.id && a.subject === b.subject;
}

function refuse(stack: string, findings: readonly Finding[]): void {
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

function printWarnings(warnings: readonly Finding[]): void {
  for (const { message, remedy } of warnings) {
    process.stderr.write(`warning: ${message}${remedy === null ? "" : ` ${remedy}`}\n`);
  }
}
