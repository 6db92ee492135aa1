import { describe, expect, it } from "vitest";
import { parseRuntimeEnv, RuntimeEnvError } from "./runtime-env.ts";

const gateway = {
  SERVICE_NAME: "gateway",
  INSTANCE_ID: "api-gateway",
  STACK: "dev",
  RELEASE: "r1",
  PORT: "8000",
  ADVERTISED_HOST: "api-gateway",
  REDIS_HOST: "redis",
  REDIS_PORT: "6379",
  REDIS_USERNAME: "gateway",
  REDIS_PASSWORD: "secret",
  LOG_LEVEL: "info",
  AUTH_MODE: "header",
};

function problemsOf(env: Record<string, string>): string[] {
  try {
    parseRuntimeEnv({ ...gateway, ...env });
    return [];
  } catch (error) {
    if (!(error instanceof RuntimeEnvError)) throw error;
    return error.message.split("\n").slice(1);
  }
}

describe("the environment of a container", () => {
  it("is complete without tokens in mode header", () => {
    expect(problemsOf({})).toEqual([]);
  });

  it("of a gateway in mode jwt must say whose tokens it takes, all of it at once", () => {
    expect(problemsOf({ AUTH_MODE: "jwt", JWT_AUDIENCE: "", PORT: "no" })).toEqual([
      '  PORT ("no"): Invalid input: expected number, received NaN',
      "  JWT_ISSUER (not set): a gateway with AUTH_MODE jwt needs it, or it could check no token",
      "  JWT_AUDIENCE (not set): a gateway with AUTH_MODE jwt needs it, or it could check no token",
      "  JWT_JWKS_URL (not set): a gateway with AUTH_MODE jwt needs it, or it could check no token",
    ]);
    const tokens = {
      JWT_ISSUER: "https://users.test",
      JWT_AUDIENCE: "astratrade",
      JWT_JWKS_URL: "http://user-service:8004/api/v1/users/.well-known/jwks.json",
    };
    expect(problemsOf({ AUTH_MODE: "jwt", ...tokens })).toEqual([]);
  });

  it("of a service in mode jwt needs nothing of tokens, which the gateway checks", () => {
    expect(problemsOf({ AUTH_MODE: "jwt", SERVICE_NAME: "trading" })).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ["", []],
    ["*", []],
    ["https://app.example.com", []],
    ["https://app.example.com,http://localhost:5173", []],
    ["https://app.example.com/", ["https://app.example.com/"]],
    ["app.example.com", ["app.example.com"]],
    ["https://app.example.com, https://b.example.com", [" https://b.example.com"]],
    ["https://App.example.com:443,null", ["https://App.example.com:443", "null"]],
    ["file:///x", ["file:///x"]],
    ["https://a.test,", [""]],
  ])("names each origin that is none: %s", (list, wrong) => {
    expect(problemsOf({ CORS_ORIGINS: list })).toEqual(
      wrong.map(
        (origin) =>
          `  CORS_ORIGINS ("${list}"): "${origin}" is no origin; write it as browsers do, such as "https://app.example.com", or "*" for all`,
      ),
    );
  });

  it("never shows the password", () => {
    expect(problemsOf({ REDIS_PASSWORD: "" }).join()).toContain("REDIS_PASSWORD (not set)");
  });
});
