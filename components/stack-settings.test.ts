import { expect, test } from "vitest";
import { stackSettings } from "./stack-settings.ts";

test("settings get their types back, and those of other namespaces are left out", () => {
  expect(
    stackSettings(
      {
        "astratrade:publish": "all",
        "astratrade:bindAddress": "127.0.0.1",
        "astratrade:scrapeIntervalSeconds": "5",
        "astratrade:ports": '{"redis":16379}',
        "astratrade:containerPrefix": "{broken}",
        "docker:host": "unix:///x",
      },
      "astratrade",
    ),
  ).toEqual({
    publish: "all",
    bindAddress: "127.0.0.1",
    scrapeIntervalSeconds: 5,
    ports: { redis: 16379 },
    containerPrefix: "{broken}",
  });
});
