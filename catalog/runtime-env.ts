import { z } from "zod";
import { defaultRateLimits } from "./gateway-limits.ts";
import { gatewayAdmin } from "./parts.ts";
import { isOrigin } from "./web-addresses.ts";

const perMinute = z.coerce.number().int().min(1).max(1_000_000);
const port = z.coerce.number().int().min(1).max(65535);

/**
 * The environment of every container made from our image: the deployer writes it, the runtime reads it, and this schema
 * is the only description of it. `REDIS_PASSWORD` is the one secret in it.
 */
export const runtimeEnvSchema = z.object({
  /** `gateway`, or a service's name. */
  SERVICE_NAME: z.string().min(1),
  /** Unique in the stack: the container's name. Registered, logged, and a label of events. */
  INSTANCE_ID: z.string().min(1),
  STACK: z.string().min(1),
  RELEASE: z.string().min(1),
  PORT: port,
  /** DNS name under which the gateway and peers reach this container. */
  ADVERTISED_HOST: z.string().min(1),
  REDIS_HOST: z.string().min(1),
  REDIS_PORT: port,
  REDIS_USERNAME: z.string().min(1),
  REDIS_PASSWORD: z.string().min(1),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]),
  /** How the gateway learns who asks: `header` trusts `X-User-ID` or the body's `user_id`; see the design decision. */
  AUTH_MODE: z.enum(["header", "jwt"]),
  /** `name=host:port` pairs, comma-separated: where the gateway looks while Redis has never been reached. */
  SEED_INSTANCES: z.string().default(""),
  /** The gateway: port and address of its admin server; an address that only those who watch can reach. */
  ADMIN_PORT: port.default(gatewayAdmin.port),
  ADMIN_HOST: z.string().min(1).default("127.0.0.1"),
  /** The gateway: requests in any 60 s, of a user and of an address that says nothing of a user. */
  RATE_LIMIT_USER: perMinute.default(defaultRateLimits.userPerMinute),
  RATE_LIMIT_ADDRESS: perMinute.default(defaultRateLimits.addressPerMinute),
  /** The gateway in mode `jwt`: who issues tokens, for whom, and where the keys are that they are signed with. */
  JWT_ISSUER: z.string().default(""),
  JWT_AUDIENCE: z.string().default(""),
  JWT_JWKS_URL: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).default(""),
  /** The gateway: origins whose pages may read answers, comma-separated; `*` for all. */
  CORS_ORIGINS: z.string().superRefine(checkOrigins).default(""),
  /** OTLP/HTTP endpoint that sampled spans go to, such as `http://collector:4318`; empty: none. */
  OTLP_ENDPOINT: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).default(""),
  /** Share of new traces that are exported, 0 to 1. */
  TRACE_SAMPLE_RATIO: z.coerce.number().min(0).max(1).default(0.1),
  /** The gateway: clients come through the entry only, and what that says of them in `X-Forwarded-For` is passed on. */
  TRUST_FORWARDED_FOR: z.enum(["true", "false"]).default("false"),
});

export type RuntimeEnv = z.infer<typeof runtimeEnvSchema>;

/** A value that came from outside does not fit. The message lists every problem. */
export class RuntimeEnvError extends Error {
  override readonly name = "RuntimeEnvError";
}

/**
 * Reads the environment of this process.
 * @throws RuntimeEnvError naming every variable that is missing or wrong, never showing the password
 */
export function parseRuntimeEnv(env: Readonly<Record<string, string | undefined>>): RuntimeEnv {
  const parsed = runtimeEnvSchema.safeParse(env);
  const issues = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({ key: path.join("."), message })),
    ...missingForTokens(env).map((key) => ({
      key,
      message: "a gateway with AUTH_MODE jwt needs it, or it could check no token",
    })),
  ];
  if (parsed.success && issues.length === 0) return parsed.data;
  const problems = issues.map(({ key, message }) => {
    const value = env[key] ?? "";
    const got = value === "" ? "not set" : key.includes("PASSWORD") ? "hidden" : `"${value}"`;
    return `  ${key} (${got}): ${message}`;
  });
  throw new RuntimeEnvError(`The container's environment is wrong:\n${problems.join("\n")}`);
}

/** Looked for whatever else is wrong, so that all problems are named at once. */
function missingForTokens(env: Readonly<Record<string, string | undefined>>): string[] {
  if (env["SERVICE_NAME"] !== "gateway" || env["AUTH_MODE"] !== "jwt") return [];
  return ["JWT_ISSUER", "JWT_AUDIENCE", "JWT_JWKS_URL"].filter((key) => (env[key] ?? "") === "");
}

function checkOrigins(list: string, context: z.RefinementCtx): void {
  for (const origin of list.split(",")) {
    if (list === "" || origin === "*" || isOrigin(origin)) continue;
    const message = `"${origin}" is no origin; write it as browsers do, such as "https://app.example.com", or "*" for all`;
    context.addIssue({ code: "custom", message });
  }
}
