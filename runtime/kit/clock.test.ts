import { describe, expect, it } from "vitest";
import { systemRandom } from "./clock.ts";

describe("the system's randomness", () => {
  it("gives as many digits as asked for, and never the same again", () => {
    const seen = new Set<string>();
    for (let index = 0; index < 2000; index += 1) {
      const bytes = 8 + (index % 9);
      const id = systemRandom.hex(bytes);
      expect(id).toMatch(/^[0-9a-f]+$/);
      expect(id).toHaveLength(2 * bytes);
      seen.add(id.slice(0, 16));
    }
    expect(seen.size).toBe(2000);
  });

  it("gives nothing when nothing is asked for, and refuses too much", () => {
    expect(systemRandom.hex(0)).toBe("");
    expect(systemRandom.hex(4096)).toHaveLength(8192);
    expect(() => systemRandom.hex(4097)).toThrow("At most 4096 bytes at once.");
  });
});
