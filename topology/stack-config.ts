import { z } from "zod";
import { officialImages } from "../catalog/images.ts";
import { parts } from "../catalog/parts.ts";
import { traceStoreMb } from "../catalog/redis-keys.ts";
import { services } from "../catalog/services.ts";
import { gatewaySettings, missingJwtSettings } from "./gateway-settings.ts";
import { networkPoolProblem } from "./network-pool.ts";

const portKeys = [...Object.keys(parts), ...Object.keys(services)] as [string, ...string[]];
const limitKeys = [...portKeys, "entry"] as [string, ...string[]];
const replicaKeys = ["gateway", ...Object.keys(services)] as [string, ...string[]];
const imageKeys = Object.keys(officialImages) as [string, ...string[]];

const hostPort = z.number().int().min(1).max(65535);

const limitOverride = z.strictObject({
  memoryMb: z
    .number()
    .int()
    .min(6, "Docker refuses less than 6 MiB")
    .optional()
    .describe("Memory limit in MiB."),
  cpus: z.number().min(0.01).optional().describe("CPU limit in cores, 0.5 is half a core."),
});

/** Redis refuses writes beyond 60 % of its limit. With less than this, recent traces alone could take most of that. */
const minRedisMb = 64;

/**
 * The settings of one stack, as they stand under `config:` in `Pulumi.<stack>.yaml`, without the `astratrade:` prefix.
 * Each has a default; an unknown key is an error.
 */
export const stackConfigSchema = z.strictObject({
  publish: z
    .enum(["all", "entry"])
    .default("entry")
    .describe(
      "Which ports the host publishes: `entry` the gateway's only, `all` every container's.",
    ),
  bindAddress: z
    .ipv4()
    .default("127.0.0.1")
    .describe("Host address that published ports are bound to."),
  containerPrefix: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9_.-]*)?$|^$/, "lower-case letters, digits, `_`, `.` and `-`, or empty")
    .optional()
    .describe("Put before each container's name. Default: `<stack>-`, and nothing on dev."),
  ports: z
    .partialRecord(z.enum(portKeys), hostPort)
    .default({})
    .describe("Host port per container, where it should differ from the container's own port."),
  limits: z
    .partialRecord(z.enum(limitKeys), limitOverride)
    .superRefine(({ redis }, context) => {
      if (redis?.memoryMb === undefined || redis.memoryMb >= minRedisMb) return;
      context.addIssue({
        code: "custom",
        path: ["redis", "memoryMb"],
        message: `at least ${minRedisMb}: data may take 60 % of it, and of that recent traces take up to ${traceStoreMb} MiB`,
      });
    })
    .default({})
    .describe(
      "Memory and CPU limits per container, where they should differ from the catalogue's.",
    ),
  replicas: z
    .partialRecord(z.enum(replicaKeys), z.number().int().min(1).max(16))
    .default({})
    .describe("Containers per service, and of the gateway; 1 unless the catalogue says otherwise."),
  images: z
    .partialRecord(z.enum(imageKeys), z.string().min(1))
    .default({})
    .describe("Image reference per base image: another registry, mirror, tag or digest."),
  networkPool: z
    .string()
    .superRefine((pool, context) => {
      const problem = networkPoolProblem(pool);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    })
    .optional()
    .describe("IPv4 range that the stack's networks are cut from. Default: the engine chooses."),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Log level."),
  ...gatewaySettings,
  scrapeIntervalSeconds: z
    .number()
    .int()
    .min(1)
    .max(300)
    .default(5)
    .describe("How often Prometheus scrapes, in seconds."),
  healthTimeoutSeconds: z
    .number()
    .int()
    .min(5)
    .max(900)
    .default(90)
    .describe("How long a new container may take to become healthy, in seconds."),
  keepReleases: z
    .number()
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe("Releases that are kept with their images, to roll back to; older ones are pruned."),
});

export type StackConfig = z.infer<typeof stackConfigSchema>;

/** The stack's settings are wrong. `problems` has a sentence each; the message shows them all. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(title: string, problems: readonly string[]) {
    super(`${title}\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * @param value settings as read from the stack file: plain data, keys without prefix
 * @param stack name of the stack, for the message
 * @throws ConfigError with every problem: the key, the value, and what is allowed
 */
export function parseStackConfig(value: unknown, stack: string): StackConfig {
  const parsed = stackConfigSchema.safeParse(value);
  const missing = missingJwtSettings(value);
  if (parsed.success && missing.length === 0) return parsed.data;
  const issues = parsed.success ? [] : parsed.error.issues;
  throw new ConfigError(`The configuration of stack "${stack}" (Pulumi.${stack}.yaml) is wrong:`, [
    ...issues.flatMap((issue) => describeIssue(issue, value)),
    ...missing,
  ]);
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => describeUnknownKey([...issue.path, key], value));
  }
  if (issue.code === "invalid_key") return [describeUnknownKey(issue.path, value)];
  const key = keyName(issue.path);
  return [`${key} is ${show(at(value, issue.path))}: ${allowed(issue)}`];
}

function describeUnknownKey(path: readonly PropertyKey[], value: unknown): string {
  const known = knownKeys(path.slice(0, -1));
  return `${keyName(path)} (value ${show(at(value, path))}) is not a setting; allowed here: ${known.join(", ")}`;
}

function knownKeys(parent: readonly PropertyKey[]): readonly string[] {
  if (parent.length === 0) return Object.keys(stackConfigSchema.shape);
  if (parent[0] === "images") return imageKeys;
  if (parent[0] === "replicas") return replicaKeys;
  if (parent[0] === "limits" && parent.length === 2) return Object.keys(limitOverride.shape);
  const group = groups[parent[0] as string];
  if (group !== undefined) return group;
  return parent[0] === "limits" ? limitKeys : portKeys;
}

/** Settings that are objects with names of their own: those names. */
const groups: Readonly<Record<string, readonly string[] | undefined>> = Object.fromEntries(
  Object.entries(gatewaySettings).flatMap(([key, schema]) => {
    const inner = schema.unwrap();
    return inner instanceof z.ZodObject ? [[key, Object.keys(inner.shape)]] : [];
  }),
);

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `allowed: ${issue.values.map(String).join(", ")}`;
  return issue.message;
}

function keyName(path: readonly PropertyKey[]): string {
  return `astratrade:${path.map(String).join(".")}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** A password that somebody has put into an address stays out of logs. */
function show(value: unknown): string {
  if (value === undefined) return "not set";
  return JSON.stringify(value).replace(/(https?:\/\/)[^/?#"]*@/g, "$1hidden@");
}
