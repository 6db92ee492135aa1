import { describe, expect, it } from "vitest";
import { Meters } from "./meter.ts";

const options = { prefix: "gateway:limit:", windowMs: 60_000 };

describe("meters", () => {
  it("are kept by name, under a key with the prefix", () => {
    const meters = new Meters(options);
    const meter = meters.get("user:7", 200);
    expect(meter.key).toBe("gateway:limit:user:7");
    expect(meters.get("user:7", 200)).toBe(meter);
    meters.forget("user:7");
    expect(meters.get("user:7", 200)).not.toBe(meter);
  });

  it("begin anew when the limit is another", () => {
    const meters = new Meters(options);
    const meter = meters.get("user:7", 200);
    expect(meters.get("user:7", 100)).not.toBe(meter);
    expect(meters.size).toBe(1);
  });

  it("are bounded in number; who asked least lately is forgotten", () => {
    const meters = new Meters({ ...options, maxMeters: 2 });
    const first = meters.get("a", 5);
    const second = meters.get("b", 5);
    meters.get("a", 5);
    meters.get("c", 5);
    expect(meters.get("a", 5)).toBe(first);
    expect(meters.size).toBe(2);
    expect(meters.get("b", 5)).not.toBe(second);
  });

  it("are bounded in memory, however many admissions one has", () => {
    const meters = new Meters({ ...options, maxBytes: 20_000 });
    for (let user = 0; user < 50; user += 1) {
      const meter = meters.get(`user:${user}`, 200);
      for (let count = 0; count < 200; count += 1) meters.add(meter, count);
    }
    // 900 bytes and 800 for the slots.
    expect(meters.size).toBe(11);
    expect(meters.bytes).toBe(11 * 1700);
  });

  it("do not count what was forgotten while its answer was under way", () => {
    const meters = new Meters(options);
    const meter = meters.get("user:7", 200);
    meters.forget("user:7");
    meters.add(meter, 0);
    expect(meters.bytes).toBe(0);
  });

  it("know the longer wait: until Redis has room, or until this gateway has", () => {
    const meter = new Meters(options).get("user:7", 1);
    expect(meter.waitMs(1000)).toBe(0);
    meter.blockedUntilMs = 5000;
    expect(meter.waitMs(1000)).toBe(4000);
    meter.ring.add(1000);
    expect(meter.waitMs(1000)).toBe(60_000);
    expect(meter.waitMs(61_000)).toBe(0);
  });
});
