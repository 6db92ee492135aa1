import type { RuntimeEnv } from "../../../catalog/runtime-env.ts";
import { Problem } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";

export type LogLevel = RuntimeEnv["LOG_LEVEL"];

/** The log level of the running process: the deployed one, or another for a while. */
export interface LogLevelSwitch {
  view(): LogLevelView;
  /** Sets it back by itself after `forMs`. */
  set(level: LogLevel, forMs: number): void;
  stop(): void;
}

export interface LogLevelView {
  readonly level: LogLevel;
  /** What holds again afterwards. */
  readonly deployed: LogLevel;
  /** Time until then, in ms; null where nothing was set. */
  readonly forMs: number | null;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export function createLogLevelSwitch(logger: Logger, nowMs: () => number): LogLevelSwitch {
  const deployed = levels.find((level) => level === logger.level) ?? "info";
  const deployedText = logger.level;
  let set: { readonly level: LogLevel; readonly untilMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const back = (): void => {
    set = undefined;
    logger.level = deployedText;
  };
  return {
    view: () => ({
      level: set?.level ?? deployed,
      deployed,
      forMs: set === undefined ? null : Math.max(0, set.untilMs - nowMs()),
    }),
    set: (level, forMs) => {
      clearTimeout(timer);
      set = { level, untilMs: nowMs() + forMs };
      logger.level = level;
      timer = setTimeout(back, forMs);
      timer.unref();
    },
    stop: () => clearTimeout(timer),
  };
}

/** @throws Problem `invalid_request` naming the value and what is allowed */
export function readLevel(query: URLSearchParams): LogLevel {
  const text = query.get("level");
  const level = levels.find((known) => known === text);
  if (level !== undefined) return level;
  throw new Problem("invalid_request", {
    message: `\`level\` is ${text === null ? "not given" : `"${text}"`}; it must be one of ${levels.join(", ")}.`,
  });
}
