import { imageConfig, property, type Facet, type Subject } from "../subject.ts";
import type { Facts } from "../drift-item.ts";
import type { LiveHealthcheck } from "../live.ts";
import { nanoseconds, secondsText } from "../durations.ts";

/** How the container restarts, ends, is watched and logs. */
export const lifecycleFacets: readonly Facet[] = [
  property(
    "restart",
    ({ inputs }) => inputs.restart || "no",
    ({ HostConfig }) => HostConfig.RestartPolicy.Name || "no",
  ),
  property(
    "maxRetryCount",
    ({ inputs }) => String(inputs.maxRetryCount ?? 0),
    ({ HostConfig }) => String(HostConfig.RestartPolicy.MaximumRetryCount),
  ),
  property(
    "init",
    // Unless the program says so, the engine's own setting decides, and no container shows it.
    ({ inputs }, { live }) => String(inputs.init ?? live.HostConfig.Init),
    ({ HostConfig }) => String(HostConfig.Init),
  ),
  property(
    "autoRemove",
    ({ inputs }) => String(inputs.rm ?? false),
    ({ HostConfig }) => String(HostConfig.AutoRemove),
  ),
  property(
    "stopSignal",
    ({ inputs }, subject) => signalText(inputs.stopSignal || imageConfig(subject)?.StopSignal),
    ({ Config }) => signalText(Config.StopSignal),
  ),
  property(
    "stopTimeout",
    ({ inputs }) => (inputs.stopTimeout == null ? "default" : `${inputs.stopTimeout} s`),
    ({ Config }) => (Config.StopTimeout == null ? "default" : `${Config.StopTimeout} s`),
  ),
  {
    expected: (subject) => healthcheckText(subject, wantedHealthcheck(subject)),
    actual: (subject) => healthcheckText(subject, subject.live.Config.Healthcheck),
  },
  property(
    "log.driver",
    ({ inputs }, { live }) => inputs.logDriver || live.HostConfig.LogConfig.Type,
    ({ HostConfig }) => HostConfig.LogConfig.Type,
  ),
  {
    // The engine adds options of its own to a container that it makes; the state has them as what came out.
    expected: ({ deployed: { inputs, outputs }, veil }) =>
      logOptions({ ...outputs.logOpts, ...inputs.logOpts }, veil.named),
    actual: ({ live, veil }) => logOptions(live.HostConfig.LogConfig.Config, veil.named),
  },
];

function signalText(signal: string | null | undefined): string {
  const name = (signal ?? "").toUpperCase();
  if (name === "") return "default";
  return /^\d+$/.test(name) || name.startsWith("SIG") ? name : `SIG${name}`;
}

function wantedHealthcheck(subject: Subject): LiveHealthcheck {
  const { healthcheck } = subject.deployed.inputs;
  if (healthcheck == null) return imageConfig(subject)?.Healthcheck ?? null;
  return {
    Test: healthcheck.tests,
    Interval: nanoseconds(healthcheck.interval),
    Timeout: nanoseconds(healthcheck.timeout),
    StartPeriod: nanoseconds(healthcheck.startPeriod),
    StartInterval: nanoseconds(healthcheck.startInterval),
    Retries: healthcheck.retries ?? 0,
  };
}

function healthcheckText({ live, veil }: Subject, check: LiveHealthcheck): Facts {
  if (check === null) return { "healthcheck.tests": "none" };
  const knowsStartInterval = live.Config.Healthcheck?.StartInterval !== undefined;
  return {
    "healthcheck.tests": veil.words(check.Test),
    "healthcheck.interval": secondsText(check.Interval),
    "healthcheck.timeout": secondsText(check.Timeout),
    "healthcheck.startPeriod": secondsText(check.StartPeriod),
    ...(knowsStartInterval && {
      "healthcheck.startInterval": secondsText(check.StartInterval ?? 0),
    }),
    "healthcheck.retries": String(check.Retries),
  };
}

function logOptions(
  options: Readonly<Record<string, string>>,
  show: (name: string, value: string) => string,
): Facts {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`log.${name}`, show(name, value)]),
  );
}
