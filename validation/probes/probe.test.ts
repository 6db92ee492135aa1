import { describe, expect, it } from "vitest";
import { NothingToProbe, probed, probedItems } from "./probe.ts";

const never = new AbortController().signal;
const forever = (): Promise<never> => new Promise(() => undefined);

describe("probed", () => {
  it("keeps what was found", async () => {
    const found = await probed(() => Promise.resolve(7), { deadlineMs: 1_000, signal: never });
    expect(found).toEqual({ value: 7 });
  });

  it("turns an exception into an error", async () => {
    const broken = () => Promise.reject(new Error("no such container"));
    expect(await probed(broken, { deadlineMs: 1_000, signal: never })).toEqual({
      error: "no such container",
    });
  });

  it("tells all reasons of a connection that failed at every address", async () => {
    const refused = new AggregateError([new Error("::1 refused"), new Error("127.0.0.1 refused")]);
    expect(
      await probed(() => Promise.reject(refused), { deadlineMs: 1_000, signal: never }),
    ).toEqual({ error: "::1 refused; 127.0.0.1 refused" });
  });

  it("skips where there is nothing to look at", async () => {
    const nothing = () => Promise.reject(new NothingToProbe("it is not running"));
    expect(await probed(nothing, { deadlineMs: 1_000, signal: never })).toEqual({
      skipped: "it is not running",
    });
  });

  it("ends at its deadline, also when the work does not listen", async () => {
    expect(await probed(forever, { deadlineMs: 5, signal: never })).toEqual({
      error: "no answer within 0.005 s",
    });
  });

  it("gives the work a signal that ends with the deadline", async () => {
    let aborted = false;
    const work = (signal: AbortSignal) => {
      signal.addEventListener("abort", () => (aborted = true));
      return forever();
    };
    await probed(work, { deadlineMs: 5, signal: never });
    expect(aborted).toBe(true);
  });

  it("skips when the run ends, before or during the work", async () => {
    const before = AbortSignal.abort(new Error("the run was interrupted"));
    expect(await probed(forever, { deadlineMs: 1_000, signal: before })).toEqual({
      skipped: "the run was interrupted",
    });
    const during = new AbortController();
    const found = probed(forever, { deadlineMs: 1_000, signal: during.signal });
    during.abort(new Error("the run was interrupted"));
    expect(await found).toEqual({ skipped: "the run was interrupted" });
  });
});

describe("probedItems", () => {
  it("does each once, in order, no more than so many at a time, and each for itself", async () => {
    let now = 0;
    let most = 0;
    const work = async (name: string): Promise<string> => {
      now++;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (name === "c") throw new Error("c is broken");
      return name.toUpperCase();
    };
    const names = ["e", "a", "c", "b", "d"];
    const options = { deadlineMs: 1_000, signal: never, concurrency: 2 };
    const items = await probedItems(names, work, options);
    expect(items).toEqual({
      e: { value: "E" },
      a: { value: "A" },
      c: { error: "c is broken" },
      b: { value: "B" },
      d: { value: "D" },
    });
    expect(Object.keys(items)).toEqual(names);
    expect(most).toBe(2);
  });
});
