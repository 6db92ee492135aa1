import { expect, test } from "vitest";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import { describeVersions } from "./describe-versions.ts";
import { isTagOf } from "./forget-releases.ts";
import { operatorName } from "../operator.ts";

test("the operator is the person behind sudo, or the account", () => {
  const machine = { env: {}, account: () => "deploy", host: "ops-1" };
  expect(operatorName(machine)).toBe("deploy@ops-1");
  expect(operatorName({ ...machine, env: { SUDO_USER: "mira" } })).toBe("mira@ops-1");
  const nameless = () => {
    throw new Error("no such user");
  };
  expect(operatorName({ ...machine, account: nameless })).toMatch(/^uid-\d+@ops-1$/);
});

test("versions and kinds of what a release was deployed with", () => {
  const { engine } = defaultMachineFacts();
  const part = (kind: "official" | "fallback", version: string) => ({ kind, version });
  const toolchain = {
    node: { ...part("official", "24.21.0"), path: "/usr/bin/node" },
    cli: { ...part("fallback", "3.274.1"), path: "/opt/pulumi" },
    languageHost: { ...part("fallback", "3.274.1"), path: "/opt/host" },
    plugins: { docker: part("fallback", "5.2.0"), random: part("official", "4.21.2") },
  };
  expect(describeVersions("1.2.3", { engine, toolchain })).toEqual({
    platform: "1.2.3",
    engine: { host: "unix:///var/run/docker.sock", version: "unknown", apiVersion: "1.41" },
    programs: {
      node: part("official", "24.21.0"),
      "pulumi-cli": part("fallback", "3.274.1"),
      "pulumi-language-nodejs": part("fallback", "3.274.1"),
      "pulumi-docker": part("fallback", "5.2.0"),
      "pulumi-random": part("official", "4.21.2"),
    },
  });
});

test.each([
  ["astratrade/runtime:dev", true],
  ["astratrade/runtime:dev-r12", true],
  ["astratrade/base:dev-0123456789ab", true],
  ["astratrade/runtime:dev2", false],
  ["astratrade/runtime:dev2-r1", false],
  ["astratrade/runtime:dev-r1x", false],
  ["astratrade/runtime:prod-r1", false],
  ["astratrade/base:dev-eu-0123456789ab", false],
  ["redis:7.2-alpine", false],
])("%s belongs to stack dev: %s", (tag, isOurs) => {
  expect(isTagOf("dev", tag)).toBe(isOurs);
});
