import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { officialVersion } from "../plugin/versions.ts";
import { STACK, makeProject, writeResources } from "./cli-project.ts";
import { runPulumi } from "./cli-run.ts";
import type { CliStage } from "./cli-run.ts";
import type { KnownValues } from "./known-values.ts";
import { withMeta } from "./official-meta.ts";
import { SIGNATURE } from "./recorded-states.ts";
import type { RecordedState, Snapshot } from "./recorded-states.ts";
import type { Json, JsonObject } from "./recording.ts";

/** How a Pulumi command ended. */
export interface CommandEnd {
  readonly exit: number;
  readonly output: string;
}

/**
 * Makes a stack of which the official plugins have written the state, with the program that they were given, and our
 * plugins. Then `preview` asks what ours would change.
 *
 * @param known what stands for the recorded ids and addresses
 * @returns runs `pulumi preview --expect-no-changes`, which fails on any change, with further arguments
 */
export async function importOfficialState(
  { program, states }: Snapshot,
  stage: CliStage,
  known: KnownValues,
): Promise<(...args: readonly string[]) => Promise<CommandEnd>> {
  await makeProject(stage.folder, stage.bundles);
  await writeResources(stage.folder, program);
  await runOrThrow(stage, ["stack", "init", STACK]);
  const deployment = {
    version: 3,
    deployment: {
      manifest: MANIFEST,
      secrets_providers: { type: "passphrase", state: { salt: await saltOf(stage) } },
      resources: toResources(states, known),
    },
  };
  const file = join(stage.folder, "official-state.json");
  await writeFile(file, JSON.stringify(deployment));
  await runOrThrow(stage, ["stack", "import", "--file", file]);
  return (...args) => runPulumi(stage, ["preview", "--expect-no-changes", ...args]);
}

/** The salt of the stack's passphrase, which `stack init` has written into the stack's file. */
async function saltOf({ folder }: CliStage): Promise<string> {
  const text = await readFile(join(folder, `Pulumi.${STACK}.yaml`), "utf8");
  const [, salt] = /^encryptionsalt: (\S+)$/m.exec(text) ?? [];
  if (salt === undefined) throw new Error(`the stack has no salt: ${text}`);
  return salt;
}

async function runOrThrow(stage: CliStage, args: readonly string[]): Promise<void> {
  const { exit, output } = await runPulumi(stage, args);
  if (exit !== 0) throw new Error(`pulumi ${args.join(" ")} failed: ${output}`);
}

const CLI_VERSION = "v3.274.1";

/** Says which CLI has written the state; the magic word is the digest of that. */
const MANIFEST = {
  time: "2025-08-02T00:00:00Z",
  magic: createHash("sha256").update(CLI_VERSION).digest("hex"),
  version: CLI_VERSION,
};

const STACK_URN = `urn:pulumi:${STACK}::contract::pulumi:pulumi:Stack::contract-${STACK}`;

/** Any UUID will do; a stack has one of its own for each provider. */
const PROVIDER_ID = "5e0d5c1c-4f3c-4f0e-9d2f-2f4f1f5f6a7b";

function toResources(states: readonly RecordedState[], known: KnownValues): readonly object[] {
  const packages = [...new Set(states.map(packageOf))];
  return [
    { urn: STACK_URN, custom: false, type: "pulumi:pulumi:Stack" },
    ...packages.map((name) => ({
      urn: providerUrn(name),
      custom: true,
      id: PROVIDER_ID,
      type: `pulumi:providers:${name}`,
      inputs: { version: officialVersion(name) },
      outputs: { version: officialVersion(name) },
    })),
    ...states.map((state) => {
      const { urn, type, id, inputs, outputs } = known.translate(
        state as unknown as JsonObject,
      ) as unknown as RecordedState;
      return {
        ...{ urn, type, id, inputs, custom: true, parent: STACK_URN },
        outputs: toStateSecrets(withMeta(type, outputs)),
        provider: `${providerUrn(packageOf(state))}::${PROVIDER_ID}`,
      };
    }),
  ];
}

function providerUrn(name: PackageName): string {
  const version = officialVersion(name).replaceAll(".", "_");
  return `urn:pulumi:${STACK}::contract::pulumi:providers:${name}::default_${version}`;
}

type PackageName = "docker" | "random";

function packageOf({ type }: RecordedState): PackageName {
  return type.startsWith("random:") ? "random" : "docker";
}

/** A state file has a secret as JSON text, encrypted or, for an import, plain. */
function toStateSecrets(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(toStateSecrets);
  const fields = value as JsonObject;
  if (SIGNATURE in fields) {
    return { [SIGNATURE]: fields[SIGNATURE] ?? null, plaintext: JSON.stringify(fields["value"]) };
  }
  return Object.fromEntries(
    Object.entries(fields).map(([name, inner]) => [name, toStateSecrets(inner)]),
  );
}
