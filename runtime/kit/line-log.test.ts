import { pino } from "pino";
import { expect, it } from "vitest";
import { createLineLog, linesThrough } from "./line-log.ts";

const base = { service: "gateway", instance: 'a "b"' };
const fields = '"status":200,"path":"/a\\"b"';

it("writes the lines that the logger itself would write", () => {
  const written: string[] = [];
  const write = (line: string): void => void written.push(line);
  const logger = pino(
    {
      base,
      timestamp: () => ',"time":"2026-11-25T19:00:00.123Z"',
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const nowMs = (): number => Date.parse("2026-11-25T19:00:00.123Z");
  linesThrough(logger).write("info", fields, "request");
  createLineLog({ logger, base, nowMs, write }).write("info", fields, "request");
  expect(written[1]).toBe(written[0]);
  expect(JSON.parse(written[1] ?? "")).toMatchObject({ status: 200, path: '/a"b', msg: "request" });
});

it("goes by the logger's present level", () => {
  const logger = pino({ level: "info" });
  const lines = createLineLog({ logger, base, nowMs: Date.now, write: () => undefined });
  expect([lines.isLevelEnabled("info"), lines.isLevelEnabled("debug")]).toEqual([true, false]);
  logger.level = "debug";
  expect(lines.isLevelEnabled("debug")).toBe(true);
});
