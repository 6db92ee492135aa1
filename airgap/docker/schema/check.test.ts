import { expect, test } from "vitest";
import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { checkInputs } from "./check.ts";
import { DURATION, intFrom, matching } from "./checks.ts";
import { BOOL, INT, MAP, STRING, STRINGS, block, required, setOf, withDefault } from "./shape.ts";
import type { AnyTable } from "./shape.ts";

const TABLE: AnyTable = {
  image: { shape: STRING, change: "replace", required: true },
  restart: { shape: matching(/^(no|always)$/), change: "update", default: "no" },
  attach: { shape: BOOL, change: "state", default: false },
  memory: { shape: intFrom(0), change: "update" },
  command: { shape: STRINGS, change: "replace" },
  options: { shape: MAP, change: "replace" },
  health: {
    shape: block({ every: withDefault(DURATION, "0s"), retries: withDefault(INT, 0) }),
    change: "inert",
  },
  ports: {
    shape: setOf({ internal: required(INT), protocol: withDefault(STRING, "tcp") }),
    change: "replace",
  },
  id: { shape: STRING, change: "output" },
};

const check = (news: Properties, olds: Properties = {}) => checkInputs(TABLE, news, olds);

test("fills in the defaults that are not zero, and lists them, in every block", () => {
  const { inputs, failures } = check({
    image: "i",
    health: {},
    ports: [{ internal: 1 }, { internal: 2, protocol: "udp" }],
  });
  expect(failures).toEqual([]);
  expect(inputs).toEqual({
    image: "i",
    restart: "no",
    health: { every: "0s", __defaults: ["every"] },
    ports: [
      { internal: 1, protocol: "tcp", __defaults: ["protocol"] },
      { internal: 2, protocol: "udp", __defaults: [] },
    ],
    __defaults: ["restart"],
  });
});

test("a default that was filled in before keeps its value", () => {
  const olds = { image: "i", restart: "always", __defaults: ["restart"] };
  expect(check({ image: "i" }, olds).inputs["restart"]).toBe("always");
  expect(check({ image: "i" }, { ...olds, __defaults: [] }).inputs["restart"]).toBe("no");
});

test("null is the same as absent, and an unknown value passes", () => {
  const { inputs, failures } = check({
    image: UNKNOWN,
    memory: null,
    command: [UNKNOWN],
    ports: UNKNOWN,
  });
  expect(failures).toEqual([]);
  expect(inputs).toEqual({
    image: UNKNOWN,
    command: [UNKNOWN],
    ports: UNKNOWN,
    restart: "no",
    __defaults: ["restart"],
  });
});

test("names everything that is wrong at once", () => {
  const { failures } = check({
    imgae: "i",
    restart: "sometimes",
    memory: -5,
    attach: "yes",
    command: "sleep 1",
    options: { deep: { er: 1 } },
    health: { every: "soon", retries: 1.5 },
    ports: [{ protocol: "tcp" }],
    id: "mine",
  });
  const known = "there are image, restart, attach, memory, command, options, health, ports";
  expect(failures.map(({ property, reason }) => [property, reason])).toEqual([
    ["imgae", `there is no property imgae; ${known}`],
    ["restart", "restart: 'sometimes' doesn't match the pattern '^(no|always)$'"],
    ["memory", "memory: '-5' cannot be lower than 0"],
    ["attach", 'attach is "yes", not true or false'],
    ["command", 'command is "sleep 1", not a list'],
    ["options.deep", "options.deep is not a text"],
    ["health.every", "health.every: 'soon' is not a valid duration"],
    ["health.retries", "health.retries is 1.5, not a whole number"],
    ["ports[0].internal", "ports[0].internal is required, but is not set"],
    ["id", `there is no property id; ${known}`],
    ["image", "image is required, but is not set"],
  ]);
});
