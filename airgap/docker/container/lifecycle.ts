import { DURATION, intFrom, matching } from "../schema/checks.ts";
import { asBlock, asBoolean, asMap, asNumber, asText, asTexts } from "../schema/read-values.ts";
import { BOOL, INT, MAP, STRING, STRINGS, block, required, withDefault } from "../schema/shape.ts";
import { formatDuration, toNanoseconds } from "../duration.ts";
import type { Value } from "../../plugin/values.ts";
import type { ContainerTable, Healthcheck, LiveContainer } from "./spec.ts";

/** How the container starts, is watched, logs, restarts and ends. */
export const LIFECYCLE: ContainerTable = {
  restart: {
    shape: matching(/^(no|on-failure|always|unless-stopped)$/),
    change: "update",
    default: "no",
    write: ({ body }, value) => {
      body.HostConfig.RestartPolicy = { ...body.HostConfig.RestartPolicy, Name: asText(value) };
    },
    read: (live) => live.HostConfig.RestartPolicy?.Name || "no",
  },
  maxRetryCount: {
    shape: INT,
    change: "update",
    write: ({ body }, value) => {
      const policy = body.HostConfig.RestartPolicy;
      body.HostConfig.RestartPolicy = { ...policy, MaximumRetryCount: asNumber(value) };
    },
    read: (live) => live.HostConfig.RestartPolicy?.MaximumRetryCount ?? 0,
  },
  healthcheck: {
    shape: block({
      tests: required(STRINGS),
      interval: withDefault(DURATION, "0s"),
      timeout: withDefault(DURATION, "0s"),
      startPeriod: withDefault(DURATION, "0s"),
      startInterval: withDefault(DURATION, "0s"),
      retries: withDefault(intFrom(0), 0),
    }),
    change: "inert",
    computed: true,
    write: ({ body }, value) => (body.Healthcheck = writeHealthcheck(value)),
    read: readHealthcheck,
  },
  logDriver: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: ({ body }, value) => {
      body.HostConfig.LogConfig = { ...body.HostConfig.LogConfig, Type: asText(value) };
    },
    read: (live) => live.HostConfig.LogConfig?.Type ?? "",
  },
  logOpts: {
    shape: MAP,
    change: "replace",
    write: ({ body }, value) => {
      body.HostConfig.LogConfig = { ...body.HostConfig.LogConfig, Config: asMap(value) };
    },
    // Options that come from the engine's own configuration are no concern of the program.
    read: (live, known) =>
      Object.keys(asBlock(known)).length === 0 ? {} : (live.HostConfig.LogConfig?.Config ?? {}),
  },
  rm: {
    shape: BOOL,
    change: "inert",
    default: false,
    write: ({ body }, value) => (body.HostConfig.AutoRemove = asBoolean(value)),
    read: (live) => live.HostConfig.AutoRemove ?? false,
  },
  start: { shape: BOOL, change: "state", default: true },
  mustRun: {
    shape: BOOL,
    change: "state",
    default: true,
    // A container that was stopped by hand shows as a change from false to true; see update.ts.
    read: (live, known) => (known === true ? live.State.Running : known),
  },
  attach: { shape: BOOL, change: "state", default: false },
  logs: { shape: BOOL, change: "state", default: false },
  wait: { shape: BOOL, change: "state", default: false },
  waitTimeout: { shape: INT, change: "state", default: 60 },
  destroyGraceSeconds: { shape: INT, change: "state" },
  removeVolumes: { shape: BOOL, change: "state", default: true },
  containerReadRefreshTimeoutMilliseconds: { shape: INT, change: "state", default: 15_000 },
  exitCode: {
    shape: INT,
    change: "output",
    read: (live, known) => (live.State.Running ? (known ?? null) : live.State.ExitCode),
  },
  containerLogs: { shape: STRING, change: "output" },
};

function writeHealthcheck(value: Value): Healthcheck {
  const check = asBlock(value);
  const duration = (name: string) => toNanoseconds(asText(check[name]));
  const startInterval = duration("startInterval");
  return {
    Test: asTexts(check["tests"]),
    Interval: duration("interval"),
    Timeout: duration("timeout"),
    StartPeriod: duration("startPeriod"),
    ...(startInterval > 0 && { StartInterval: startInterval }),
    Retries: asNumber(check["retries"]),
  };
}

function readHealthcheck(live: LiveContainer, known: Value): Value {
  const check = live.Config.Healthcheck;
  if (check?.Test === undefined) return null;
  return {
    tests: check.Test,
    interval: formatDuration(check.Interval ?? 0),
    timeout: formatDuration(check.Timeout ?? 0),
    startPeriod: formatDuration(check.StartPeriod ?? 0),
    startInterval: readStartInterval(check, known),
    retries: check.Retries ?? 0,
  };
}

/** An engine before API 1.44 knows no start interval; what it cannot know is no difference. */
function readStartInterval(check: Healthcheck, known: Value): Value {
  if (check.StartInterval !== undefined) return formatDuration(check.StartInterval);
  const before = typeof known === "object" ? asBlock(known)["startInterval"] : undefined;
  return before ?? "0s";
}
