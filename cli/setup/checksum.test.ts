import { expect, test } from "vitest";
import { checksumFor } from "./checksum.ts";

const url = "https://host.example/sdk/pulumi-v1.tar.gz";
const a = "a".repeat(64);
const b = "B".repeat(64);

test.each([
  ["a text that is the sum", ` ${b}\n`, "b".repeat(64)],
  ["sha256sum's notation", `${a}  other.tar.gz\n${b}  pulumi-v1.tar.gz\n`, "b".repeat(64)],
  ["its notation for binary files", `${a} *pulumi-v1.tar.gz\n`, a],
  ["a path before the name", `${a}  ./dist/pulumi-v1.tar.gz\n`, a],
  ["a list without the file", `${a}  other.tar.gz\n`, undefined],
  ["a page that is no list", "<html>404</html>", undefined],
])("%s", (_case, text, sum) => {
  expect(checksumFor(url, text)).toBe(sum);
});
