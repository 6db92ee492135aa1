import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact, redactText } from "./redact.ts";

describe("redact", () => {
  it("takes out every value under a name that looks like a secret's, whatever it is", () => {
    expect(
      redact({
        REDIS_PASSWORD: "hunter22",
        apiKey: { id: 1 },
        "session-token": ["a"],
        secretNumber: 42,
        nested: [{ passphrase: "x", port: 6379 }],
      }),
    ).toEqual({
      REDIS_PASSWORD: "[redacted]",
      apiKey: "[redacted]",
      "session-token": "[redacted]",
      secretNumber: "[redacted]",
      nested: [{ passphrase: "[redacted]", port: 6379 }],
    });
  });

  it.each([
    ["REDIS_PASSWORD=abc123 PORT=1", "REDIS_PASSWORD=[redacted] PORT=1"],
    ['{"token":"a b","n":1}', '{"token":[redacted],"n":1}'],
    ['{"token":"a\\"b","n":1}', '{"token":[redacted],"n":1}'],
    ["api_key: 'x y', port: 1", "api_key: [redacted], port: 1"],
    ["GET /?token=abc&x=1", "GET /?token=[redacted]&x=1"],
    ["redis://user:pw@redis:6379/0", "redis://[redacted]@redis:6379/0"],
    ["Authorization: Bearer eyJhbGciOiJFZERTQSJ9.e30.sig", "Authorization: Bearer [redacted]"],
    ["a bearer of bad news", "a bearer of bad news"],
    ["maxmemory-policy noeviction", "maxmemory-policy noeviction"],
  ])("of %j leaves %j", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it("never lets a secret through under a sensitive name", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/);
    const name = fc
      .tuple(
        fc.stringMatching(/^[a-z_]{0,6}$/),
        fc.constantFrom("password", "SECRET", "Token", "key", "passphrase"),
      )
      .map(([prefix, word]) => prefix + word);
    fc.assert(
      fc.property(fc.jsonValue(), secret, name, (noise, value, sensitive) => {
        const holder = { noise, inner: [{ [sensitive]: value }, `${sensitive}=${value}`] };
        const clean = JSON.stringify(redact(holder));
        return !clean.includes(value) || JSON.stringify(noise).includes(value);
      }),
    );
  });

  it("never lets a known value through, wherever it stands", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9]{16,40}$/),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const clean = redact({ [before + secret]: [before + secret + after] }, [secret]);
          return !JSON.stringify(clean).includes(secret);
        },
      ),
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = redact(value);
        expect(redact(once)).toEqual(once);
      }),
    );
  });
});
