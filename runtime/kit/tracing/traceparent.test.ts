import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTraceparent, parseTraceparent, passOnTracestate } from "./traceparent.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

describe("a traceparent that came", () => {
  it.each([
    ["sampled", `00-${traceId}-${spanId}-01`, true],
    ["not sampled", `00-${traceId}-${spanId}-00`, false],
    ["with flags that are not known", `00-${traceId}-${spanId}-fb`, true],
    ["with the random flag of Level 2 alone", `00-${traceId}-${spanId}-02`, false],
    ["of a later version", `01-${traceId}-${spanId}-01`, true],
    ["of a later version that has more", `cc-${traceId}-${spanId}-01-what-the-future-brings`, true],
    ["of a later version that ends with a dash", `cc-${traceId}-${spanId}-00-`, false],
  ])("is taken: %s", (_what, header, sampled) => {
    expect(parseTraceparent(header)).toEqual({ traceId, spanId, sampled });
  });

  it.each([
    ["nothing", undefined],
    ["an empty one", ""],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
    ["a span id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["the forbidden version", `ff-${traceId}-${spanId}-01`],
    ["a version that is no number", `0x-${traceId}-${spanId}-01`],
    ["more than version 00 has", `00-${traceId}-${spanId}-01-more`],
    ["a later version with more that no dash divides", `01-${traceId}-${spanId}-01more`],
    ["upper case", `00-${traceId.toUpperCase()}-${spanId}-01`],
    ["a short trace id", `00-${traceId.slice(1)}-${spanId}-01`],
    ["a short span id", `00-${traceId}-${spanId.slice(1)}-01`],
    ["flags of one digit", `00-${traceId}-${spanId}-1`],
    ["a space before", ` 00-${traceId}-${spanId}-01`],
    ["other dashes", `00_${traceId}_${spanId}_01`],
    ["two headers, which arrive as one", `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ["two headers of a later version", `01-${traceId}-${spanId}-01-x, 01-${traceId}-${spanId}-01`],
  ])("is refused: %s", (_what, header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  const hex = (length: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0*$/.test(text));

  it("is what was written, for every span", () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (trace, span, sampled) => {
        const ids = { traceId: trace, spanId: span, sampled };
        expect(parseTraceparent(formatTraceparent(ids))).toEqual(ids);
      }),
    );
  });

  it("gives ids that may be used, or none, whatever it is", () => {
    const nearly = fc
      .tuple(hex(2), hex(32), hex(16), hex(2), fc.string())
      .map(([version, trace, span, flags, rest]) => `${version}-${trace}-${span}-${flags}${rest}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (header) => {
        const parsed = parseTraceparent(header);
        if (parsed === null) return;
        expect(parsed.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
        expect(parsed.spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
        expect(header.startsWith("ff")).toBe(false);
      }),
    );
  });
});

describe("a tracestate", () => {
  it.each([
    ["is passed on with the trace it is about", "a=1,b=2", spanId, "a=1,b=2"],
    ["is not passed on with a new trace", "a=1", null, undefined],
    ["is passed on up to 512 characters", "x".repeat(512), spanId, "x".repeat(512)],
    ["is not passed on when it is longer", "x".repeat(513), spanId, undefined],
    ["is not passed on when it is empty", "", spanId, undefined],
  ])("%s", (_what, header, parentSpanId, expected) => {
    expect(passOnTracestate(header, { parentSpanId })).toBe(expected);
  });
});
