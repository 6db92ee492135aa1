import { expect, test } from "vitest";
import { mayBeKept } from "./may-be-kept.ts";

test.each<[string[], boolean, string | undefined]>([
  [["Content-Type", "text/plain"], false, "text/plain"],
  [["content-type", "text/plain", "Cache-Control", "public, max-age=5"], false, "text/plain"],
  [["content-type", "text/plain", "vary", "Origin, Accept-Encoding"], false, "text/plain"],
  [[], false, undefined],
  [["content-type", "text/plain", "cache-control", "max-age=5, No-Store"], false, undefined],
  [["content-type", "text/plain", "cache-control", "no-cache"], false, undefined],
  [["content-type", "text/plain", "cache-control", "private=x"], false, undefined],
  [["cache-control", "proxy-revalidate", "content-type", "text/plain"], false, undefined],
  [["content-type", "text/plain", "vary", "*"], false, undefined],
  [["content-type", "text/plain", "vary", "origin, authorization"], false, undefined],
  [["content-type", "text/plain", "Set-Cookie", "a=b"], false, undefined],
  [["content-type", "text/plain", "content-encoding", "gzip"], false, undefined],
  [["content-type", "text/plain"], true, undefined],
  [["content-type", "text/plain", "cache-control", "max-age=5"], true, undefined],
  [
    ["content-type", "text/plain", "cache-control", "max-age=5", "cache-control", "public"],
    true,
    "text/plain",
  ],
  [["content-type", "text/plain", "cache-control", "public, private"], true, undefined],
])("%j, with a token %s: %s", (fields, isAuthorized, expected) => {
  expect(mayBeKept(fields, isAuthorized)).toBe(expected);
});
