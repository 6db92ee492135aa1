import { pluginVersions, pulumiCliVersion } from "../../setup/versions.ts";
import { checkGroup } from "../testing/check-group.ts";
import { healthyFacts, machineFacts } from "../testing/facts.ts";
import { toolchain } from "./toolchain.ts";

const facts = healthyFacts();
const staging = healthyFacts({}, "staging");
const installed = machineFacts().toolchain;
if (installed === undefined) throw new Error("the facts for tests have a toolchain");

checkGroup(toolchain, [
  { kind: "node", facts, message: "Node 24.21.0" },
  {
    kind: "ready",
    facts,
    message:
      `Pulumi CLI ${pulumiCliVersion} (official), language host 3.270.0 (our own), ` +
      `plugin docker ${pluginVersions.docker} (official) and plugin random ${pluginVersions.random} (official)`,
  },
  {
    kind: "not-set-up",
    facts: { ...facts, machine: null },
    message:
      `Set-up has not run with this home: \`npm run up\` begins with it, and puts the Pulumi CLI ${pulumiCliVersion}, ` +
      "its plugins and base images in place.",
    remedy: "Run `npm run setup` to have them now.",
  },
  {
    kind: "version",
    facts: {
      ...staging,
      machine: machineFacts({
        toolchain: { ...installed, cli: { ...installed.cli, version: "3.260.0" } },
      }),
    },
    message: `The Pulumi CLI in place is 3.260.0; this clone asks for ${pulumiCliVersion}.`,
    remedy: "Run `npm run setup -- --stack staging`; `npm run up` begins with it.",
  },
  {
    kind: "missing",
    facts: {
      ...facts,
      toolchain: {
        ...facts.toolchain,
        programs: [{ name: "language host", path: "/cache/bin/host", isThere: false }],
      },
    },
    subject: "/cache/bin/host",
    message: "The language host is gone: /cache/bin/host.",
    remedy: "Run `npm run setup`; `npm run up` begins with it.",
  },
  {
    kind: "broken",
    facts: {
      ...facts,
      toolchain: {
        ...facts.toolchain,
        cli: { problem: "/cache/bin/pulumi ended with exit code 126" },
      },
    },
    subject: "/cache/bin/pulumi",
    message: "The Pulumi CLI does not run: /cache/bin/pulumi ended with exit code 126.",
    remedy: "Delete that file and run `npm run setup`, which puts it back.",
  },
]);
