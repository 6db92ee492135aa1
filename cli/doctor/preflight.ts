import { isDeepStrictEqual } from "node:util";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import type { StackConfig } from "../../topology/stack-config.ts";
import type { Topology } from "../../topology/topology.ts";
import { resolvePaths, type Paths } from "../paths.ts";
import { readEarlierFacts } from "../setup/machine-file.ts";
import { examine, isMendedBySetUp } from "./examine.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { gatherFacts } from "./gather-facts.ts";
import { refuse, warningLines } from "./verdict.ts";

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
  /** What was found, warnings among it printed. */
  readonly said: readonly Finding[];
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
  process.stderr.write(warningLines(findings));
  refuse(input.stack, findings);
  return { input, facts, said: findings };
}

/**
 * The second look, at what set-up has changed: on a machine that was ready there is nothing to look at.
 * @throws UserError as the first
 */
export async function requirePreflightAfterSetUp(
  { input, facts: before, said }: FirstLook,
  machine: MachineFacts,
): Promise<void> {
  if (before.engine.answers && isDeepStrictEqual(before.machine, machine)) return;
  const findings = examine(await look(input, { thorough: false, lock: false }));
  process.stderr.write(warningLines(findings, said));
  refuse(input.stack, findings);
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
