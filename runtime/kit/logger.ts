import { pino, type Logger as PinoLogger } from "pino";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import { createLineLog, type LineLog } from "./line-log.ts";

export type Logger = PinoLogger;

export interface LogOutput {
  readonly logger: Logger;
  /** For the line of each request. */
  readonly lines: LineLog;
  /** Writes out what is buffered. Called before the process ends. */
  readonly flush: () => void;
}

/** Each write costs the time of a fifth of a request. The library writes 16 KiB at once, and refuses to wait for as much. */
const writeBytes = 16 * 1024 - 1;

/**
 * JSON lines on standard output. They are buffered and written every half second, since a write for each request costs a
 * tenth of what a request may cost in half a core.
 */
export function openLog(env: RuntimeEnv): LogOutput {
  const destination = pino.destination({ fd: 1, sync: false, minLength: writeBytes });
  const timer = setInterval(() => destination.flush(), 500);
  timer.unref();
  const base = {
    service: env.SERVICE_NAME,
    instance: env.INSTANCE_ID,
    stack: env.STACK,
    release: env.RELEASE,
  };
  const logger = pino(
    {
      level: env.LOG_LEVEL,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  const lines = createLineLog({
    logger,
    base,
    nowMs: Date.now,
    write: (line) => void destination.write(line),
  });
  return { logger, lines, flush: () => destination.flushSync() };
}

/** For tests: says nothing. */
export const silentLogger: Logger = pino({ level: "silent" });
