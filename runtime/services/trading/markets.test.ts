import { describe, expect, it } from "vitest";
import { basePrices, createMarketViewer, marketSymbols, priceAt } from "./markets.ts";

const noon = Date.UTC(2026, 0, 5, 12);

describe("the simulated price", () => {
  it("depends on symbol and time only", () => {
    expect(priceAt("BTC/USD", noon).toFixed(2)).toBe(priceAt("BTC/USD", noon).toFixed(2));
    expect(marketSymbols.map((symbol) => priceAt(symbol, noon).toFixed(2))).toEqual([
      "45575.78",
      "2865.78",
      "178.33",
    ]);
  });

  it("stays within 3 % of the base price and moves", () => {
    for (const symbol of marketSymbols) {
      const prices = Array.from({ length: 2000 }, (_, index) =>
        priceAt(symbol, noon + index * 997_000).toNumber(),
      );
      expect(Math.max(...prices)).toBeLessThanOrEqual(basePrices[symbol] * 1.03);
      expect(Math.min(...prices)).toBeGreaterThanOrEqual(basePrices[symbol] * 0.97);
      expect(new Set(prices).size).toBeGreaterThan(300);
    }
  });

  it("moves by less than half a percent in a minute: a walk, no jumps", () => {
    for (let minute = 0; minute < 2000; minute += 1) {
      const from = priceAt("ETH/USD", noon + minute * 60_000);
      const to = priceAt("ETH/USD", noon + (minute + 1) * 60_000);
      expect(to.minus(from).abs().div(from).toNumber()).toBeLessThan(0.005);
    }
  });

  it("says in every view that it is simulated, between low and high", () => {
    const viewMarket = createMarketViewer();
    for (let minute = 0; minute < 60; minute += 1) {
      const view = viewMarket("SOL/USD", noon + minute * 60_000);
      expect(view.simulated).toBe(true);
      expect(Number(view.low_24h)).toBeLessThanOrEqual(Number(view.price));
      expect(Number(view.high_24h)).toBeGreaterThanOrEqual(Number(view.price));
      // What is kept from before makes no difference.
      expect(view).toEqual(createMarketViewer()("SOL/USD", noon + minute * 60_000));
    }
    expect(viewMarket("SOL/USD", noon).last_updated).toBe("2026-01-05T12:00:00.000Z");
  });
});
