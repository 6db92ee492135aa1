import { it } from "vitest";
import { fuzzGateway } from "./fuzz-gateway.ts";

// Side by side, since each run mostly waits. The long test has many more.
it.concurrent.each([1, 2, 3, 4])(
  "stands what clients may send: seed %d",
  async (seed) => {
    await fuzzGateway(seed, 100);
  },
  60_000,
);
