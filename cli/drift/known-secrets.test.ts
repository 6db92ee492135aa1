import { expect, test } from "vitest";
import { parseStackState } from "../pulumi/stack-state.ts";
import { knownSecrets } from "./known-secrets.ts";
import { secretOf } from "./testing/sample.ts";

test("secret texts are known wherever they are, and the topology says which variables are none", () => {
  const state = parseStackState({
    deployment: {
      resources: [
        {
          urn: "urn:stack",
          type: "pulumi:pulumi:Stack",
          outputs: {
            blueprint: {
              topology: {
                redis: { env: { MAXMEMORY: "307mb" } },
                services: [{ env: { PORT: "8001", LOG_LEVEL: "info" } }],
              },
            },
          },
        },
        {
          urn: "urn:password",
          type: "random:index/randomPassword:RandomPassword",
          outputs: { result: secretOf("correct-horse"), length: 13 },
        },
        {
          urn: "urn:container",
          type: "docker:index/container:Container",
          inputs: { envs: secretOf(["A=1", "REDIS_PASSWORD=correct-horse"]), name: "plain" },
          outputs: { deep: [{ inner: secretOf("battery-staple") }] },
        },
      ],
    },
  });
  expect(knownSecrets(state)).toEqual({
    values: ["correct-horse", "battery-staple"],
    plainVariables: new Set(["MAXMEMORY", "PORT", "LOG_LEVEL"]),
  });
});
