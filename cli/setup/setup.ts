import { homedir } from "node:os";
import type { BaseImageName } from "../../catalog/images.ts";
import { baseImagesOf } from "../../topology/build-topology.ts";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import { ensureEngine } from "../engine/ensure-engine.ts";
import { type Paths, resolvePaths } from "../paths.ts";
import { type Draft, from, type SetupContext } from "./context.ts";
import { provideImages } from "./images.ts";
import { readEarlierFacts, writeFacts } from "./machine-file.ts";
import { ensurePassphrase } from "./passphrase.ts";
import { installPlugins } from "./plugins.ts";
import { installPulumiCli } from "./pulumi-cli.ts";
import { installNode } from "./toolchain-node.ts";
import { pulumiCliVersion } from "./versions.ts";

export interface SetupOptions {
  /** @default resolvePaths() */
  readonly paths?: Paths;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default the user's home folder */
  readonly userHome?: string;
  /** Ask the official sources again where a replacement is in use. @default false */
  readonly refresh?: boolean;
  /** @default node, redis, prometheus, grafana: what a dev stack runs on */
  readonly images?: readonly BaseImageName[];
  /** Gets lines that the user must see. @default standard error */
  readonly notice?: (text: string) => void;
  /** Asks before packages are installed. @default nobody is asked, a notice says it */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** One part of set-up. What is there already is used and not made again. */
export interface SetupStep {
  readonly title: string;
  /**
   * @param report gets a line about what is going on, as often as there is one
   * @returns what came of it, in a few words
   */
  readonly run: (report: (text: string) => void) => Promise<string>;
}

/** What a stack with a single gateway runs on. */
const defaultImages: readonly BaseImageName[] = baseImagesOf({ replicas: {} });

/**
 * The steps that make this machine ready, in their order; each builds on those before it. The last one writes the
 * machine facts, so a set-up that broke off leaves the earlier ones.
 *
 * Official sources are asked here only, with short deadlines, and only for what is not there yet; `refresh` asks again.
 */
export function setupSteps(options: SetupOptions = {}): SetupStep[] {
  const paths = options.paths ?? resolvePaths();
  const base: Omit<SetupContext, "report"> = {
    paths,
    env: options.env ?? process.env,
    userHome: options.userHome ?? homedir(),
    notice: options.notice ?? ((text) => process.stderr.write(`${text}\n`)),
    earlier: readEarlierFacts(paths),
    refresh: options.refresh ?? false,
    images: options.images ?? defaultImages,
    ...(options.confirm !== undefined && { confirm: options.confirm }),
  };
  const draft: Draft = {};
  return steps.map(({ title, run }) => ({
    title,
    run: (report) => run({ ...base, report }, draft),
  }));
}

/**
 * Makes this machine ready and says what it is.
 *
 * @param onReport gets the title of the step and a line about what is going on
 * @throws UserError when something cannot be had in any way
 */
export async function runSetup(
  options: SetupOptions = {},
  onReport: (title: string, text: string) => void = () => undefined,
): Promise<MachineFacts> {
  for (const step of setupSteps(options)) await step.run((text) => onReport(step.title, text));
  const facts = readEarlierFacts(options.paths ?? resolvePaths());
  if (facts === undefined) throw new Error("Set-up left no valid machine facts.");
  return facts;
}

const steps: readonly {
  readonly title: string;
  readonly run: (ctx: SetupContext, draft: Draft) => Promise<string>;
}[] = [
  {
    title: "Docker engine",
    run: async (ctx, draft) => {
      draft.engine = await ensureEngine(ctx);
      return `${draft.engine.version} at ${draft.engine.host}`;
    },
  },
  {
    title: `Pulumi CLI ${pulumiCliVersion}`,
    run: async (ctx, draft) => {
      draft.node = installNode(ctx.paths.toolchainBin);
      draft.cli = await installPulumiCli(ctx);
      return draft.cli.kind === "official" ? "official" : "built from its Go module";
    },
  },
  {
    title: "Pulumi plugins",
    run: async (ctx, draft) => {
      const { plugins, languageHost } = await installPlugins(ctx, draft);
      draft.plugins = plugins;
      draft.languageHost = languageHost;
      const parts = { nodejs: languageHost, ...plugins };
      return describe(Object.entries(parts).map(([name, { kind }]) => [name, words[kind]]));
    },
  },
  {
    title: "Base images",
    run: async (ctx, draft) => {
      draft.images = await provideImages(ctx, draft);
      const { images } = draft;
      if (ctx.images.length === 0) return "none needed";
      return describe(ctx.images.map((name) => [name, words[images[name].kind]]));
    },
  },
  {
    title: "Machine facts",
    run: (ctx, draft) => {
      ensurePassphrase(ctx.paths);
      writeFacts(ctx.paths, machineFacts(draft, ctx.earlier));
      return Promise.resolve(ctx.paths.machineFacts);
    },
  },
];

const words = { official: "official", fallback: "our own", unavailable: "not available" } as const;

/** Groups names by what is said of them: "official: docker, random; our own: nodejs". */
function describe(parts: readonly (readonly [name: string, word: string])[]): string {
  const kinds = [...new Set(parts.map(([, word]) => word))];
  return kinds
    .map(
      (kind) =>
        `${kind}: ${parts.flatMap(([name, word]) => (word === kind ? [name] : [])).join(", ")}`,
    )
    .join("; ");
}

function machineFacts(draft: Draft, earlier: MachineFacts | undefined): MachineFacts {
  const now = new Date().toISOString();
  return {
    schemaVersion: 1,
    // The time of the last question, or what could not be had once would never be asked for again.
    checkedAt: draft.askedRegistry === true ? now : (earlier?.checkedAt ?? now),
    engine: from(draft, "engine"),
    toolchain: {
      node: from(draft, "node"),
      cli: from(draft, "cli"),
      languageHost: from(draft, "languageHost"),
      plugins: from(draft, "plugins"),
    },
    images: from(draft, "images"),
  };
}
