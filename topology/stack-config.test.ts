import { expect, test } from "vitest";
import { ConfigError, parseStackConfig } from "./stack-config.ts";

function problemsOf(settings: unknown): readonly string[] {
  try {
    parseStackConfig(settings, "dev");
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("an empty stack file has every default", () => {
  expect(parseStackConfig({}, "dev")).toEqual({
    publish: "entry",
    bindAddress: "127.0.0.1",
    ports: {},
    limits: {},
    replicas: {},
    images: {},
    logLevel: "info",
    authMode: "header",
    jwt: {},
    rateLimits: { userPerMinute: 200, addressPerMinute: 1200 },
    cors: { origins: [] },
    tracing: { sampleRatio: 0.1 },
    scrapeIntervalSeconds: 5,
    healthTimeoutSeconds: 90,
    keepReleases: 5,
  });
});

test.each<[string, unknown, string[]]>([
  [
    "an unknown key",
    { publsh: "all" },
    [
      'astratrade:publsh (value "all") is not a setting; allowed here: publish, bindAddress, containerPrefix, ports, limits, replicas, images, networkPool, logLevel, authMode, jwt, rateLimits, cors, tracing, scrapeIntervalSeconds, healthTimeoutSeconds, keepReleases',
    ],
  ],
  [
    "a value that is not on the list",
    { publish: "some" },
    ['astratrade:publish is "some": allowed: all, entry'],
  ],
  [
    "a port of a service that does not exist",
    { ports: { tradng: 9001 } },
    [
      "astratrade:ports.tradng (value 9001) is not a setting; allowed here: redis, gateway, prometheus, grafana, user, trading, gamification, social, nft, financial",
    ],
  ],
  [
    "a port out of range",
    { ports: { trading: 70000 } },
    ["astratrade:ports.trading is 70000: Too big: expected number to be <=65535"],
  ],
  [
    "a limit that Docker refuses",
    { limits: { nft: { memoryMb: 2 } } },
    ["astratrade:limits.nft.memoryMb is 2: Docker refuses less than 6 MiB"],
  ],
  [
    "a limit that traces alone could fill",
    { limits: { redis: { memoryMb: 63 }, nft: { memoryMb: 8 } } },
    [
      "astratrade:limits.redis.memoryMb is 63: at least 64: data may take 60 % of it, and of that recent traces take up to 18 MiB",
    ],
  ],
  [
    "an unknown limit",
    { limits: { redis: { memory: 256 } } },
    ["astratrade:limits.redis.memory (value 256) is not a setting; allowed here: memoryMb, cpus"],
  ],
  [
    "a pool that is no range",
    { networkPool: "10.89.0.0" },
    ['astratrade:networkPool is "10.89.0.0": expected an IPv4 range such as 10.89.0.0/20'],
  ],
])("%s: names the key, the value and what is allowed", (_name, settings, problems) => {
  expect(problemsOf(settings)).toEqual(problems);
});

test.each<[string, unknown, string[]]>([
  [
    "a limit that lets nobody through, and one misspelt",
    { rateLimits: { userPerMinute: 0, adressPerMinute: 9 } },
    [
      "astratrade:rateLimits.userPerMinute is 0: at least 60, since the validation of a deploy makes up to 60 requests a minute as one user",
      "astratrade:rateLimits.adressPerMinute (value 9) is not a setting; allowed here: userPerMinute, addressPerMinute",
    ],
  ],
  [
    "an origin with a path",
    { cors: { origins: ["https://a.example.com/"] } },
    [
      'astratrade:cors.origins.0 is "https://a.example.com/": expected `*` or an origin as browsers write it, such as https://app.example.com: no path, no slash at the end, no capitals, no default port',
    ],
  ],
  [
    "a collector without scheme, and a share that is none",
    { tracing: { otlpEndpoint: "collector:4318", sampleRatio: 10 } },
    [
      'astratrade:tracing.otlpEndpoint is "collector:4318": expected an address such as http://172.17.0.1:4318',
      "astratrade:tracing.sampleRatio is 10: Too big: expected number to be <=1",
    ],
  ],
  [
    "an origin that the gateway would not start with",
    { cors: { origins: ["https://app.example.com", "https://app.example.com:443"] } },
    [expect.stringMatching(/^astratrade:cors\.origins\.1 is .*no default port$/)],
  ],
  [
    "addresses that nothing would come from, without their passwords",
    {
      tracing: { otlpEndpoint: "http://me:secret@172.17.0.1:4318?key=1" },
      jwt: { jwksUrl: "http://localhost:8004/jwks" },
    },
    [
      'astratrade:jwt.jwksUrl is "http://localhost:8004/jwks": in a container that is the container itself; expected an address that containers reach, such as http://172.17.0.1:8080/jwks.json',
      'astratrade:tracing.otlpEndpoint is "http://hidden@172.17.0.1:4318?key=1": a user or password in it would be shown and logged, and is not sent; expected an address such as http://172.17.0.1:4318',
      'astratrade:tracing.otlpEndpoint is "http://hidden@172.17.0.1:4318?key=1": `/v1/traces` is put after it, so it must end before any `?` or `#`',
    ],
  ],
  [
    "tokens without a word on whose, beside another mistake",
    { authMode: "jwt", jwt: { audience: "astratrade" }, publish: "some" },
    [
      'astratrade:publish is "some": allowed: all, entry',
      "astratrade:jwt.issuer is not set: astratrade:authMode jwt needs it",
      "astratrade:jwt.jwksUrl is not set: astratrade:authMode jwt needs it",
    ],
  ],
  [
    "tokens without anything",
    { authMode: "jwt" },
    ["issuer", "audience", "jwksUrl"].map(
      (key) => `astratrade:jwt.${key} is not set: astratrade:authMode jwt needs it`,
    ),
  ],
])("%s", (_name, settings, problems) => {
  expect(problemsOf(settings)).toEqual(problems);
});

test("all problems come at once", () => {
  expect(problemsOf({ publish: 1, bindAddress: "localhost", wrong: true })).toEqual([
    "astratrade:publish is 1: allowed: all, entry",
    'astratrade:bindAddress is "localhost": Invalid IPv4 address',
    expect.stringContaining("astratrade:wrong (value true) is not a setting"),
  ]);
});
