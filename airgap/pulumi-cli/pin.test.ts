import { expect, test } from "vitest";
import { linkerFlags, readPin } from "./pin.ts";

test("go.mod says which CLI is built, and with which Go", () => {
  expect(readPin()).toEqual({ cliVersion: "3.274.1", goVersion: "1.26.6" });
});

test("the version is stamped into the CLI", () => {
  expect(linkerFlags({ cliVersion: "1.2.3", goVersion: "1.26.6" })).toBe(
    "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v1.2.3",
  );
});

test("a go.mod without the pin is refused", () => {
  expect(() => readPin("module x\n\ngo 1.26.6\n")).toThrow("names no version of");
});
