import { expect, test } from "vitest";
import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { CONTAINER } from "../container/table.ts";
import { diffOutputs } from "./diff.ts";

const BASE = { name: "c", image: "i" };

/** The state of a container that the engine has completed: empty lists where nothing is set. */
const STATE = {
  ...BASE,
  command: [],
  entrypoints: [],
  networkDatas: [],
  ports: [],
  mustRun: true,
  start: true,
};

function details(olds: Properties, news: Properties, ignoreChanges: readonly string[] = []) {
  const result = diffOutputs(CONTAINER, {
    olds: { ...STATE, ...DEFAULTS, ...olds },
    news: { ...BASE, ...news },
    ignoreChanges,
    deleteBeforeReplace: true,
  });
  return result.detailedDiff;
}

const DEFAULTS = {
  restart: "no",
  networkMode: "bridge",
  removeVolumes: true,
  waitTimeout: 60,
  containerReadRefreshTimeoutMilliseconds: 15_000,
};

const upload = (content: string) => ({ file: "/f", content });
const fullUpload = (content: string) => ({
  ...upload(content),
  contentBase64: "",
  source: "",
  executable: false,
});

test.each<[string, Properties, Properties, Record<string, string>]>([
  ["a text", { hostname: "a" }, { hostname: "b" }, { hostname: "UPDATE_REPLACE" }],
  ["a number in place", { memory: 64 }, { memory: 96 }, { memory: "UPDATE" }],
  ["a number that is not set any more", { memorySwap: 128 }, {}, { memorySwap: "DELETE" }],
  ["zero and not set", { memory: 0, cpuSet: "", privileged: false }, {}, {}],
  [
    "a value of the engine that the program does not set",
    { hostname: "h", ipcMode: "private" },
    {},
    {},
  ],
  ["a user that comes from the image", { user: "1000", workingDir: "/app" }, {}, {}],
  [
    "an element of a list",
    { command: ["a", "b"] },
    { command: ["a", "c"] },
    { "command[1]": "UPDATE_REPLACE" },
  ],
  [
    "a shorter list",
    { command: ["a", "b"] },
    { command: ["a"] },
    { "command[1]": "DELETE_REPLACE" },
  ],
  ["a longer list", { command: ["a"] }, { command: ["a", "b"] }, { "command[1]": "ADD_REPLACE" }],
  [
    "another order of a list",
    { command: ["a", "b"] },
    { command: ["b", "a"] },
    { "command[0]": "UPDATE_REPLACE", "command[1]": "UPDATE_REPLACE" },
  ],
  ["another order of a set", { envs: ["A=1", "B=2"] }, { envs: ["B=2", "A=1"] }, {}],
  [
    "an element of a set",
    { envs: ["A=1", "B=2"] },
    { envs: ["A=1", "B=3"] },
    { "envs[1]": "UPDATE_REPLACE" },
  ],
  [
    "a set that was empty",
    { labels: [] },
    { labels: [{ label: "a", value: "b" }] },
    { labels: "ADD_REPLACE" },
  ],
  [
    "a set that is not set any more, and is computed",
    { labels: [{ label: "a", value: "b" }] },
    {},
    {},
  ],
  [
    "a field of an element",
    { labels: [{ label: "a", value: "b" }] },
    { labels: [{ label: "a", value: "c" }] },
    { "labels[0].value": "UPDATE_REPLACE" },
  ],
  [
    "a set whose elements are not complete",
    { uploads: [fullUpload("1")] },
    { uploads: [upload("2")] },
    { uploads: "UPDATE_REPLACE" },
  ],
  [
    "the same elements, not complete",
    { uploads: [fullUpload("1")] },
    { uploads: [upload("1")] },
    {},
  ],
  [
    "a field of a block",
    { healthcheck: { tests: ["CMD"], retries: 3 } },
    { healthcheck: { tests: ["CMD"], retries: 4 } },
    { "healthcheck.retries": "UPDATE" },
  ],
  [
    "a duration in other words",
    { healthcheck: { tests: ["CMD"], interval: "1m30s" } },
    { healthcheck: { tests: ["CMD"], interval: "90s" } },
    {},
  ],
  ["a decimal in other words", { cpus: "0.5" }, { cpus: "0.50" }, {}],
  [
    "a capability in other words",
    { capabilities: { adds: ["CAP_NET_ADMIN"], drops: [] } },
    { capabilities: { adds: ["net_admin"] } },
    {},
  ],
  [
    "an option",
    { logOpts: { "max-size": "1m", mode: "a" } },
    { logOpts: { "max-size": "2m", tag: "t" } },
    {
      'logOpts["max-size"]': "UPDATE_REPLACE",
      "logOpts.mode": "DELETE_REPLACE",
      "logOpts.tag": "ADD_REPLACE",
    },
  ],
  [
    "a port that the engine has chosen",
    { ports: [{ internal: 1, external: 32768, ip: "0.0.0.0", protocol: "tcp" }] },
    { ports: [{ internal: 1 }] },
    {},
  ],
  [
    "a value that is not known yet",
    { image: "i" },
    { image: UNKNOWN },
    { image: "UPDATE_REPLACE" },
  ],
  [
    "a half-made container",
    { command: null, entrypoints: null, networkDatas: null },
    {},
    { command: "ADD_REPLACE", entrypoints: "ADD_REPLACE", networkDatas: "ADD" },
  ],
  ["a container that was stopped by hand", { mustRun: false }, {}, { mustRun: "UPDATE" }],
])("%s", (_name, olds, news, expected) => {
  expect(details(olds, news)).toEqual(expected);
});

test.each<[string[], Value]>([
  [["labels"], {}],
  [["labels[0]"], {}],
  [["labels[0].value"], {}],
  [["*"], {}],
  [["label"], { "labels[0].value": "UPDATE_REPLACE" }],
  [["labels[1]"], { "labels[0].value": "UPDATE_REPLACE" }],
])("ignoring %j", (ignoreChanges, expected) => {
  const [olds, news] = ["b", "c"].map((value) => ({ labels: [{ label: "a", value }] }));
  expect(details(olds ?? {}, news ?? {}, ignoreChanges)).toEqual(expected);
});
