import { it } from "vitest";
import { fuzzGateway } from "./fuzz-gateway.ts";

it.concurrent.each([101, 102, 103, 104, 105, 106])(
  "stands what clients may send, for long: seed %d",
  async (seed) => {
    await fuzzGateway(seed, 2000);
  },
);
