import { describe, expect, it } from "vitest";
import { systemRandom } from "./clock.ts";
import { acceptCorrelationId, isOwnCorrelationId } from "./correlation.ts";

describe("a correlation id", () => {
  it.each(["a", "plan-1", "A.b_c-9", "x".repeat(64)])("that fits is kept: %s", (id) => {
    expect(acceptCorrelationId(id, systemRandom)).toBe(id);
    expect(isOwnCorrelationId(id)).toBe(false);
  });

  it.each([undefined, "", "x".repeat(65), "a b", "a\nb", "ä", "a#b", '{"a":1}'])(
    "that does not is replaced: %j",
    (id) => {
      const made = acceptCorrelationId(id, systemRandom);
      expect(made).toMatch(/^req_[0-9a-f]{16}$/);
      expect(isOwnCorrelationId(made)).toBe(true);
    },
  );
});
