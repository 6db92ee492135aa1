import { describe, expect, it } from "vitest";
import { LogClock } from "./log-clock.ts";

/** Its clock showed one million µs when this process' showed zero. */
const shown = (ms: number): number => 1_000_000 + ms * 1000;

describe("the log's clock", () => {
  it("is not known before the first answer", () => {
    expect(new LogClock().at(0)).toBeUndefined();
  });

  it("is known to be no more than it showed when it was asked", () => {
    const clock = new LogClock();
    clock.see(shown(3), 1, 4);
    expect(clock.at(10)).toBe(shown(12));
  });

  it("is known the better the faster an answer was, and no worse by one that took long", () => {
    const clock = new LogClock();
    clock.see(shown(1900), 0, 1901);
    expect(clock.at(2000)).toBe(shown(3900));
    clock.see(shown(2000.5), 2000, 2001);
    expect(clock.at(3000)).toBe(shown(3000.5));
    clock.see(shown(4900), 3000, 4901);
    expect(clock.at(5000)).toBe(shown(5000.5));
  });

  it.each([600_000, -600_000])("is followed where it was set: by %d ms", (byMs) => {
    const clock = new LogClock();
    clock.see(shown(0.5), 0, 1);
    clock.see(shown(2000.5 + byMs), 2000, 2001);
    expect(clock.at(3000)).toBe(shown(3000.5 + byMs));
  });
});
