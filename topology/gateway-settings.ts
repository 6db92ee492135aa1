import { z } from "zod";
import { defaultRateLimits } from "../catalog/gateway-limits.ts";
import { hasCredentials, isLoopback, isOrigin } from "../catalog/web-addresses.ts";

const perMinute = z.number().int().max(1_000_000);
/** Where the gateways ask, from inside their containers. */
function webAddress(example: string) {
  return z
    .url({ protocol: /^https?$/, error: `expected an address such as ${example}` })
    .refine((address) => !hasCredentials(address), {
      error: `a user or password in it would be shown and logged, and is not sent; expected an address such as ${example}`,
    })
    .refine((address) => !isLoopback(address), {
      error: `in a container that is the container itself; expected an address that containers reach, such as ${example}`,
    });
}

const collectorAddress = webAddress("http://172.17.0.1:4318").refine(
  (address) => !/[?#]/.test(address),
  { error: "`/v1/traces` is put after it, so it must end before any `?` or `#`" },
);

const keysAddress = webAddress("http://172.17.0.1:8080/jwks.json");

const origin = z.string().refine((text) => text === "*" || isOrigin(text), {
  error:
    "expected `*` or an origin as browsers write it, such as https://app.example.com: no path, no slash at the end, no capitals, no default port",
});

/** The settings of a stack that say how its gateways treat requests. */
export const gatewaySettings = {
  authMode: z
    .enum(["header", "jwt"])
    .default("header")
    .describe(
      "`header`: the gateway trusts `X-User-ID`, or else the body's `user_id`. `jwt`: it takes signed tokens only; `jwt` says whose.",
    ),
  jwt: z
    .strictObject({
      issuer: z.string().min(1).optional().describe("Who issues the tokens: their `iss`."),
      audience: z.string().min(1).optional().describe("For whom they are issued: their `aud`."),
      jwksUrl: keysAddress
        .optional()
        .describe("Where the keys are that they are signed with; the gateways must reach it."),
    })
    .default({})
    .describe("Whose tokens the gateway takes; all three are needed with `authMode: jwt`."),
  rateLimits: z
    .strictObject({
      userPerMinute: perMinute
        .min(
          60,
          "at least 60, since the validation of a deploy makes up to 60 requests a minute as one user",
        )
        .default(defaultRateLimits.userPerMinute)
        .describe("Requests of one user in any 60 s, over all paths and all gateways."),
      addressPerMinute: perMinute
        .min(1)
        .default(defaultRateLimits.addressPerMinute)
        .describe("Requests of one address in any 60 s, of those that do not say who asks."),
    })
    .default({ ...defaultRateLimits })
    .describe("Requests that are let through in any 60 seconds."),
  cors: z
    .strictObject({
      origins: z
        .array(origin)
        .default([])
        .describe("Origins whose pages may read answers; `*` for all."),
    })
    .default({ origins: [] })
    .describe("Which web pages may use the gateway from a browser."),
  tracing: z
    .strictObject({
      otlpEndpoint: collectorAddress
        .optional()
        .describe(
          "OTLP/HTTP collector that spans go to. Containers have no way beyond the engine's host, so it is one that listens on an address of that host, not on loopback; with `publish: entry` services do not reach it either, and only the gateways export.",
        ),
      sampleRatio: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe("Share of new traces whose spans are exported and kept."),
    })
    .default({ sampleRatio: 0.1 })
    .describe("Where the spans of requests are sent, and of how many requests."),
};

/**
 * What the schema alone cannot say: the gateway must know whose tokens to take before it takes any.
 * @param settings as read from the stack file, right or wrong
 * @returns a sentence for each setting that is missing
 */
export function missingJwtSettings(settings: unknown): string[] {
  const given = looseSettings.safeParse(settings);
  if (!given.success || given.data.authMode !== "jwt") return [];
  return (["issuer", "audience", "jwksUrl"] as const)
    .filter((key) => given.data.jwt?.[key] === undefined)
    .map((key) => `astratrade:jwt.${key} is not set: astratrade:authMode jwt needs it`);
}

const looseSettings = z.looseObject({
  authMode: z.unknown(),
  jwt: z.record(z.string(), z.unknown()).optional(),
});
