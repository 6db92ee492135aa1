import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { headers } from "../../catalog/endpoints.ts";
import { Problem } from "./errors.ts";
import { readIdentity } from "./request.ts";
import type { ServiceHonoEnv } from "./service.ts";

/** Who a service takes the caller for. */
async function callerOf(
  authMode: "header" | "jwt",
  header: string | undefined,
  bodyUserId: string | undefined,
): Promise<string> {
  const app = new Hono<ServiceHonoEnv>();
  app.post("/", (context) => context.text(readIdentity(context, { authMode }, bodyUserId)));
  app.onError((error, context) => context.text(error instanceof Problem ? error.code : "bug"));
  const sent = header === undefined ? {} : { [headers.userId]: header };
  return (await app.request("/", { method: "POST", headers: sent })).text();
}

describe("who asks a service", () => {
  it.each([
    ["header", "ada", "eve", "ada"],
    ["header", undefined, "123", "123"],
    ["header", undefined, undefined, "identity_missing"],
    ["header", "a b", "123", "invalid_identity"],
    // Only the gateway, which checks tokens, may say it; a body that says otherwise says nothing.
    ["jwt", "ada", "eve", "ada"],
    ["jwt", undefined, "eve", "identity_missing"],
    ["jwt", undefined, undefined, "identity_missing"],
  ] as const)("in mode %s, by header %s and body %s, is %s", async (mode, header, body, who) => {
    expect(await callerOf(mode, header, body)).toBe(who);
  });
});
