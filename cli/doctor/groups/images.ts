import { baseImagesOf } from "../../../topology/build-topology.ts";
import { officialImages, type BaseImageName } from "../../../catalog/images.ts";
import { npmCommand } from "../../npm-command.ts";
import { notAskedFor } from "../../setup/images.ts";
import type { AnsweringEngine, Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { hasImage } from "../image-names.ts";
import { list, stackFile } from "../words.ts";

/** Monitoring is reduced without them. */
const optional: readonly BaseImageName[] = ["prometheus", "grafana"];

const kinds = {
  "at-hand": { severity: "passed", meaning: "The engine has the images." },
  unknown: {
    severity: "info",
    meaning: "Set-up has not looked yet whether an image can be had.",
    remedy: "`npm run setup`, with which `up` begins.",
    mendedBySetUp: true,
  },
  gone: {
    severity: "warning",
    meaning: "The engine does not have an image any more that set-up had put there.",
    remedy: "`npm run setup`, with which `up` begins, pulls or makes it again.",
    mendedBySetUp: true,
  },
  required: {
    severity: "refusal",
    meaning:
      "An image without which nothing runs (node, redis, haproxy before several gateways) cannot be had.",
    remedy: "`astratrade:images.<image>`, or `docker load`.",
    mendedBySetUp: true,
  },
  reduced: {
    severity: "info",
    meaning: "An image of monitoring (prometheus, grafana) cannot be had: the stack runs without.",
    remedy: "`npm run setup -- --refresh` looks again; `astratrade:images.<image>` names another.",
  },
  pull: {
    severity: "info",
    meaning: "The engine does not have an image that the stack names, and `up` pulls it.",
  },
  "cannot-pull": {
    severity: "refusal",
    meaning: "The engine neither has nor gets an image that the stack names.",
    remedy: "`astratrade:images.<image>`, or `docker load`.",
  },
  runtime: {
    severity: "warning",
    meaning:
      "The stack was deployed with an image that the engine does not have any more: Pulumi takes it for unchanged, and a container that is replaced does not start.",
    remedy:
      "Change any source file, or `pulumi up --replace` the image, so that it is built again.",
  },
} as const;

/** Which images are at hand, which can be had, and which cannot. */
export const images = defineGroup({
  name: "images",
  kinds,
  examine: (facts, found) => {
    const { engine } = facts;
    if (!engine.answers || facts.recorded) return [];
    const findings = [
      ...baseImagesOf(facts.config).map((name) => baseImage(facts, engine, name, found)),
      ...runtimeImage(facts, engine, found),
    ].filter((finding) => finding !== null);
    if (facts.machine === null) {
      findings.push(
        found("unknown", {
          message: `Which base images can be had is not known before set-up has run.`,
          remedy: `Run \`${npmCommand("setup", facts.stack)}\`; \`npm run up\` begins with it.`,
        }),
      );
    }
    const there = atHand(facts, engine);
    if (there.length === 0) return findings;
    return [...findings, found("at-hand", { message: `${list(there)} at hand` })];
  },
});

type FoundImage = Found<keyof typeof kinds>;

function baseImage(
  facts: Facts,
  engine: AnsweringEngine,
  name: BaseImageName,
  found: FoundImage,
): Finding | null {
  const configured = facts.config.images[name];
  if (configured !== undefined) return ownImage(facts, engine, { name, ref: configured }, found);
  const fact = facts.machine?.images[name];
  if (fact === undefined) return null;
  if (fact.kind !== "unavailable") {
    if (hasImage(engine.images, fact.ref)) return null;
    return found("gone", {
      subject: name,
      message: `The engine does not have the ${name} image ${fact.ref} any more.`,
      remedy: `Run \`${npmCommand("setup", facts.stack)}\`, which pulls or makes it again; \`npm run up\` begins with it.`,
    });
  }
  if (fact.reason === notAskedFor(officialImages[name].ref)) {
    return found("unknown", {
      subject: name,
      message: `Whether the ${name} image can be had is not known: no stack has wanted it before.`,
      remedy: `Run \`${npmCommand("setup", facts.stack)}\`; \`npm run up\` begins with it.`,
    });
  }
  if (!optional.includes(name)) {
    return found("required", {
      subject: name,
      message: `The ${name} image cannot be had, and nothing runs without it: ${sentence(fact.reason)}`,
      remedy: `Set astratrade:images.${name} in ${stackFile(facts)} to one that can be had, or load ${officialImages[name].ref} into the engine: docker load`,
    });
  }
  return found("reduced", {
    subject: name,
    message: `Monitoring is reduced: the stack runs without ${name}. ${sentence(fact.reason)}`,
    remedy: `\`${npmCommand("setup", facts.stack, "--refresh")}\` looks again; astratrade:images.${name} in ${stackFile(facts)} names another.`,
  });
}

function ownImage(
  facts: Facts,
  engine: AnsweringEngine,
  { name, ref }: { readonly name: BaseImageName; readonly ref: string },
  found: FoundImage,
): Finding | null {
  if (hasImage(engine.images, ref)) return null;
  const problem = engine.pullProblems[ref] ?? null;
  const subject = name;
  const words = `astratrade:images.${name} is "${ref}"`;
  if (problem === null) {
    return found("pull", {
      subject,
      message: `${words}: the engine does not have it; \`npm run up\` pulls it.`,
    });
  }
  return found("cannot-pull", {
    subject,
    message: `${words}: the engine does not have it and cannot pull it (${problem}).`,
    remedy: `Correct it in ${stackFile(facts)}, or load the image into the engine: docker load`,
  });
}

function runtimeImage({ state }: Facts, engine: AnsweringEngine, found: FoundImage): Finding[] {
  const id = state.stack?.runtimeImage ?? null;
  if (id === null || engine.images.some((image) => image.id === id)) return [];
  return [
    found("runtime", {
      subject: id,
      message: `The engine does not have the image any more that gateway and services were deployed with (${id.slice(0, 19)}): Pulumi takes it for unchanged, and no container can be made from it.`,
      remedy: `Have it built again: eval "$(npm run -s env)" && pulumi up --target-replace '**docker:index/image:Image::**' --target-dependents`,
    }),
  ];
}

/** Images that the stack runs on and the engine has, with the words for whose they are. */
function atHand({ config, machine }: Facts, engine: AnsweringEngine): string[] {
  return baseImagesOf(config).flatMap((name) => {
    const configured = config.images[name];
    if (configured !== undefined) {
      return hasImage(engine.images, configured) ? [`${name} (the stack's own)`] : [];
    }
    const fact = machine?.images[name];
    if (fact === undefined || fact.kind === "unavailable" || !hasImage(engine.images, fact.ref))
      return [];
    return [`${name} ${fact.version} (${fact.kind === "official" ? "official" : "our own"})`];
  });
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
