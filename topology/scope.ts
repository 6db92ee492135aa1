import type { BaseImageName } from "../catalog/images.ts";
import type { MachineFacts } from "./machine-facts.ts";
import type { StackConfig } from "./stack-config.ts";

/** What a topology is built from. */
export interface TopologyInput {
  readonly stack: string;
  /** Version of the platform, the `release` label. */
  readonly release: string;
  readonly config: StackConfig;
  readonly facts: MachineFacts;
}

/** An image that can be had, or the reason why not. */
export type ImageChoice = { readonly ref: string } | { readonly reason: string };

/** The stack's own setting first, then what set-up found on this machine, then the official image. */
export function chooseImage({ config, facts }: TopologyInput, name: BaseImageName): ImageChoice {
  const configured = config.images[name];
  if (configured !== undefined) return { ref: configured };
  const fact = facts.images[name];
  return fact.kind === "unavailable" ? { reason: fact.reason } : { ref: fact.ref };
}

/** Container name on the engine: the plan's on dev, with the stack's name before it elsewhere. */
export function containerName(
  { stack, config }: Pick<TopologyInput, "stack" | "config">,
  name: string,
): string {
  const prefix = config.containerPrefix ?? (stack === "dev" ? "" : `${stack}-`);
  return `${prefix}${name}`;
}
