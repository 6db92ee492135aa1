import { expect, test } from "vitest";
import { explain } from "./explain.ts";

test.each([
  ["write /cache/x: no space left on device", "The disk is full."],
  [
    'Get "https://proxy.example/x.zip": dial tcp 10.0.0.1:443: connect: connection refused',
    'The Go module proxy does not give what is asked for (GOPROXY is "https://proxy.example").',
  ],
  ["module lookup disabled by GOPROXY=off", "The Go module proxy does not give what is asked for"],
  ["verifying github.com/x/y@v1.0.0: checksum mismatch\nSECURITY ERROR", "A module is not the one"],
  ["go: go.mod requires go >= 1.26.6 (running go 1.21.0)", "The Go on this machine is too old"],
  ["compile: signal: killed", "The machine has too little memory for the build"],
  ["main.go:1:1: expected 'package'", "Go's own words:"],
])("%s", (errors, sentence) => {
  const text = explain(errors, "https://proxy.example");
  expect(text.startsWith(sentence)).toBe(true);
  expect(text.endsWith(`\n${errors}`)).toBe(true);
});
