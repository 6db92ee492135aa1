import { labels } from "../../catalog/labels.ts";

/** A resource as a program registers it, before or without a provider. */
export interface PolicyResource {
  /** Pulumi's type token, such as `docker:index/container:Container`. */
  readonly type: string;
  /** Logical name in the program. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether the object stays on the engine when the resource is deleted. */
  readonly retainOnDelete: boolean;
}

/** What the policies need to know of the stack and the machine. */
export interface PolicyContext {
  readonly stack: string;
  /** The only host address that ports may be published on. */
  readonly bindAddress: string;
  /** `entry`: only the entry point may publish a port. */
  readonly publish: "all" | "entry";
  /** Whether the engine can limit swap. */
  readonly swapLimit: boolean;
}

/** What is wrong with one property of a resource. */
export interface Finding {
  readonly property: string;
  /** What it is; undefined: not set. */
  readonly actual: unknown;
  readonly allowed: string;
  /** What to do, a sentence. */
  readonly wayOut: string;
}

export interface Violation extends Finding {
  /** Id of the policy. */
  readonly policy: string;
  /** Logical name of the resource. */
  readonly resource: string;
}

export interface Policy {
  readonly id: string;
  /** Type tokens of the resources it looks at. */
  readonly types: readonly string[];
  readonly check: (resource: PolicyResource, context: PolicyContext) => readonly Finding[];
}

export const containerType = "docker:index/container:Container";
export const networkType = "docker:index/network:Network";
export const volumeType = "docker:index/volume:Volume";

/** Where the form of every container is written down, for ways out. */
export const recipe = "components/container-spec.ts";

/**
 * A policy about one input of containers.
 * @param rule.isAllowed is not asked about a value that is not known yet
 */
export function containerRule(rule: {
  readonly id: string;
  readonly property: string;
  readonly isAllowed: (value: unknown, resource: PolicyResource, context: PolicyContext) => boolean;
  readonly allowed: string;
  readonly wayOut: string;
}): Policy {
  const { id, property, isAllowed, allowed, wayOut } = rule;
  return {
    id,
    types: [containerType],
    check: (resource, context) => {
      const actual = resource.inputs[property];
      if (isUnknown(actual) || isAllowed(actual, resource, context)) return [];
      return [{ property, actual, allowed, wayOut }];
    },
  };
}

/**
 * Whether a preview cannot know the value yet, such as the id of an image that is still to be built, or the name of a
 * network that is still to be made. That is no violation: the value comes from a resource of the same program, and what
 * the policies forbid would have to be written in the program as a value, where it is known. Secrets are hidden in a
 * preview and count as unknown too; no policy looks at a property that may hold one.
 */
export function isUnknown(value: unknown): boolean {
  return value === unknownValue || (isRecord(value) && secretSignature in value);
}

/** What Pulumi writes in the place of an output that is not known yet, and the key that marks a secret. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secretSignature = "4dabf18193072939515e22adb298388d";

/** A list of blocks; absent and unknown are no blocks. */
export function blocksOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

/** The value of one of our labels; undefined where it is not set. */
export function labelOf(resource: PolicyResource, label: string): unknown {
  return blocksOf(resource.inputs.labels).find((it) => it.label === label)?.value;
}

/** Which part or service a container is. */
export function serviceOf(resource: PolicyResource): unknown {
  return labelOf(resource, labels.service);
}
