import { npmCommand } from "../../npm-command.ts";
import { pluginVersions, pulumiCliVersion } from "../../setup/versions.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup } from "../group.ts";
import { list } from "../words.ts";

const words = { official: "official", fallback: "our own" } as const;

/** Whether Pulumi, its plugins and Node are there, of the right versions, and run. */
export const toolchain = defineGroup({
  name: "toolchain",
  kinds: {
    node: { severity: "passed", meaning: "The Node that runs the tools." },
    ready: { severity: "passed", meaning: "Pulumi CLI, language host and plugins are there." },
    "not-set-up": {
      severity: "info",
      meaning: "Set-up has not run with this home; `up` begins with it.",
      remedy: "`npm run setup`",
    },
    version: {
      severity: "info",
      meaning: "Set-up has put another version in place than this clone asks for.",
      remedy: "`npm run setup`, with which `up` begins.",
      mendedBySetUp: true,
    },
    missing: {
      severity: "warning",
      meaning: "A program that set-up has put in place is gone.",
      remedy: "`npm run setup`, with which `up` begins.",
      mendedBySetUp: true,
    },
    broken: {
      severity: "refusal",
      meaning: "The Pulumi CLI does not run.",
      remedy: "Delete it, then `npm run setup`.",
    },
  },
  examine: (facts, found) => {
    const { node, programs, cli } = facts.toolchain;
    const running = found("node", { message: `Node ${node}` });
    const facted = facts.machine?.toolchain;
    if (facted === undefined) {
      return [
        running,
        found("not-set-up", {
          message: `Set-up has not run with this home: \`npm run up\` begins with it, and puts the Pulumi CLI ${pulumiCliVersion}, its plugins and base images in place.`,
          remedy: `Run \`${npmCommand("setup", facts.stack)}\` to have them now.`,
        }),
      ];
    }
    const remedy = `Run \`${npmCommand("setup", facts.stack)}\`; \`npm run up\` begins with it.`;
    const missing = programs.filter(({ isThere }) => !isThere);
    const findings: Finding[] = [
      ...missing.map(({ name, path }) =>
        found("missing", { subject: path, message: `The ${name} is gone: ${path}.`, remedy }),
      ),
      ...outdated(facted).map((sentence) => found("version", { message: sentence, remedy })),
    ];
    const path = programs.find(({ name }) => name === "Pulumi CLI")?.path ?? "";
    if (cli !== null && "problem" in cli) {
      findings.push(
        found("broken", {
          subject: path,
          message: `The Pulumi CLI does not run: ${cli.problem}.`,
          remedy: `Delete that file and run \`${npmCommand("setup", facts.stack)}\`, which puts it back.`,
        }),
      );
    }
    if (findings.length > 0) return [running, ...findings];
    const parts = [
      `Pulumi CLI ${facted.cli.version} (${words[facted.cli.kind]})`,
      `language host ${facted.languageHost.version} (${words[facted.languageHost.kind]})`,
      ...Object.entries(facted.plugins).map(
        ([name, { version, kind }]) => `plugin ${name} ${version} (${words[kind]})`,
      ),
    ];
    return [running, found("ready", { message: list(parts) })];
  },
});

type Installed = NonNullable<NonNullable<Facts["machine"]>["toolchain"]>;

/** A sentence for each part whose version is not the one that this clone asks for. */
function outdated({ cli, plugins }: Installed): string[] {
  const parts = [
    ["Pulumi CLI", cli.version, pulumiCliVersion],
    ["plugin docker", plugins.docker.version, pluginVersions.docker],
    ["plugin random", plugins.random.version, pluginVersions.random],
  ] as const;
  return parts
    .filter(([, has, wanted]) => has !== wanted)
    .map(([name, has, wanted]) => `The ${name} in place is ${has}; this clone asks for ${wanted}.`);
}
