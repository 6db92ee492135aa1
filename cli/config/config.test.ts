import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError, stackConfigSchema } from "../../topology/stack-config.ts";
import { explainSettings, settingsJsonSchema } from "./explain-settings.ts";
import { renderExplained, renderHeld } from "./render.ts";
import { settingsThatHold } from "./settings-that-hold.ts";

test("explains every form that a schema has: type or allowed values, default, meaning, names", () => {
  const schema = z.strictObject({
    level: z.enum(["low", "high"]).default("low").describe("How loud."),
    on: z.boolean().default(true).describe("Whether at all."),
    count: z.int().min(2).max(100).default(5).describe("How many."),
    atLeast: z.int().min(6).optional().describe("No end."),
    any: z.int().optional().describe("No limits."),
    share: z.number().max(1).optional().describe("A part."),
    address: z.ipv4().optional().describe("Where."),
    prefix: z
      .string()
      .regex(/^[a-z]+$/)
      .optional()
      .describe("Before each."),
    reference: z.string().min(1).optional().describe("What."),
    text: z.string().default("").describe("Free."),
    hosts: z.array(z.ipv4()).default([]).describe("Some."),
    either: z
      .union([z.literal("auto"), z.int().min(1)])
      .default("auto")
      .describe("One way or the other."),
    engine: z
      .strictObject({ host: z.string().describe("Address."), port: z.int() })
      .optional()
      .describe("Which engine."),
    limits: z
      .partialRecord(
        z.enum(["a", "b"]),
        z.strictObject({ memoryMb: z.int().min(6).optional().describe("In MiB.") }),
      )
      .default({})
      .describe("Limits."),
  });
  const rows = explainSettings(z.toJSONSchema(schema, { io: "input" })).map((it) => [
    it.key.replace("astratrade:", ""),
    it.allowed,
    it.default,
    it.meaning,
    ...it.names,
  ]);
  expect(rows).toEqual([
    ["level", "one of low, high", "low", "How loud."],
    ["on", "true or false", true, "Whether at all."],
    ["count", "whole number, 2 to 100", 5, "How many."],
    ["atLeast", "whole number, at least 6", null, "No end."],
    ["any", "whole number", null, "No limits."],
    ["share", "number, at most 1", null, "A part."],
    ["address", "IPv4 address", null, "Where."],
    ["prefix", "text that matches ^[a-z]+$", null, "Before each."],
    ["reference", "text, not empty", null, "What."],
    ["text", "text", "", "Free."],
    ["hosts", "list of: IPv4 address", [], "Some."],
    ["either", "auto, or whole number, at least 1", "auto", "One way or the other."],
    ["engine.host", "text", null, "Address."],
    ["engine.port", "whole number", null, "Which engine."],
    ["limits.<name>.memoryMb", "whole number, at least 6", null, "In MiB.", "a", "b"],
  ]);
});

test("every setting of the real schema is there, with a meaning and the allowed names", () => {
  const explained = explainSettings();
  expect([
    ...new Set(explained.map(({ key }) => key.replace("astratrade:", "").split(".")[0])),
  ]).toEqual(Object.keys(stackConfigSchema.shape));
  expect(explained.filter(({ meaning }) => meaning === "")).toEqual([]);
  expect(
    explained.filter(({ key, names }) => key.includes("<name>") && names.length === 0),
  ).toEqual([]);
  expect(explained.find(({ key }) => key === "astratrade:limits.<name>.memoryMb")).toMatchObject({
    allowed: "whole number, at least 6",
    names: [
      ...["redis", "gateway", "prometheus", "grafana", "user", "trading"],
      ...["gamification", "social", "nft", "financial", "entry"],
    ],
  });
});

test("a paragraph a setting", () => {
  const [, ...paragraphs] = renderExplained(
    explainSettings().filter(({ key }) => /:(logLevel|ports|networkPool)/.test(key)),
  ).split("\n\n");
  expect(paragraphs).toEqual([
    [
      "astratrade:ports.<name>",
      "    Host port per container, where it should differ from the container's own port.",
      "    value    whole number, 1 to 65535",
      "    default  not set",
      "    <name>   one of redis, gateway, prometheus, grafana, user, trading, gamification, social, nft, financial",
    ].join("\n"),
    [
      "astratrade:networkPool",
      "    IPv4 range that the stack's networks are cut from. Default: the engine chooses.",
      "    value    text",
      "    default  not set",
    ].join("\n"),
    [
      "astratrade:logLevel",
      "    Log level.",
      "    value    one of debug, info, warn, error",
      "    default  info",
    ].join("\n"),
  ]);
});

test("a default that is an empty text can be seen", () => {
  const setting = {
    key: "astratrade:x",
    names: [],
    allowed: "text",
    default: "",
    meaning: "Free.",
  };
  expect(renderExplained([setting]).split("\n\n").at(-1)).toBe(
    "astratrade:x\n    Free.\n    value    text\n    default  empty",
  );
});

test("the JSON Schema is one that knows every key and no other", () => {
  expect(settingsJsonSchema()).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
    properties: { publish: { enum: ["all", "entry"], default: "entry" } },
  });
});

test("the settings that hold: value and where it comes from, maps key by key", () => {
  const settings = { publish: "all", limits: { redis: { memoryMb: 1024 }, user: { cpus: 1 } } };
  const held = settingsThatHold(settings, "staging");
  expect(held.filter(({ from }) => from === "stack file")).toEqual([
    { key: "astratrade:publish", value: "all", from: "stack file" },
    { key: "astratrade:limits.redis.memoryMb", value: 1024, from: "stack file" },
    { key: "astratrade:limits.user.cpus", value: 1, from: "stack file" },
  ]);
  const shown = renderHeld(
    held.filter(({ key }) => /publish|Prefix|ports|limits\.redis|Pool/.test(key)),
    "Pulumi.staging.yaml",
  );
  expect(shown.split("\n")).toEqual([
    "KEY                               VALUE     FROM",
    "astratrade:publish                all       Pulumi.staging.yaml",
    "astratrade:containerPrefix        staging-  default",
    "astratrade:ports                  {}        default",
    "astratrade:limits.redis.memoryMb  1024      Pulumi.staging.yaml",
    "astratrade:networkPool            not set   default",
  ]);
});

test("a wrong setting is refused, not shown", () => {
  expect(() => settingsThatHold({ publish: "x" }, "staging")).toThrow(ConfigError);
});
