import { Decimal } from "decimal.js";
import { roundTo, usdPlaces } from "../../kit/money.ts";

/** What can be traded, with the price in US dollars that the walk goes around. */
export const basePrices = {
  "BTC/USD": 45_000,
  "ETH/USD": 2850,
  "SOL/USD": 180,
} as const;

export type MarketSymbol = keyof typeof basePrices;

export const marketSymbols = Object.keys(basePrices) as readonly MarketSymbol[];

export interface MarketView {
  readonly price: string;
  readonly change_24h_percent: string;
  readonly high_24h: string;
  readonly low_24h: string;
  readonly last_updated: string;
  /** Always true: no exchange is behind it. */
  readonly simulated: true;
}

/**
 * The simulated price at a time, to the cent. It depends on nothing but symbol and time, so that every replica quotes the
 * same, and never leaves ±3 % of the base price.
 */
export function priceAt(symbol: MarketSymbol, timeMs: number): Decimal {
  const deviation = waves.reduce(
    (sum, { periodMs, percent }) =>
      sum + percent * smoothNoise(`${symbol}/${periodMs}`, timeMs / periodMs),
    0,
  );
  const millionths = Math.round(deviation * 10_000);
  return roundTo(
    new Decimal(basePrices[symbol]).times(1_000_000 + millionths).div(1_000_000),
    usdPlaces,
  );
}

/** Views of the markets. The day's range is kept, since it costs a hundred prices and is new each quarter of an hour. */
export function createMarketViewer(): (symbol: MarketSymbol, nowMs: number) => MarketView {
  const ranges = new Map<MarketSymbol, { readonly step: number; readonly range: DayRange }>();

  function rangeAt(symbol: MarketSymbol, nowMs: number): DayRange {
    const step = Math.floor(nowMs / sampleMs);
    const known = ranges.get(symbol);
    if (known?.step === step) return known.range;
    const range = dayRange(symbol, step);
    ranges.set(symbol, { step, range });
    return range;
  }

  return (symbol, nowMs) => {
    const price = priceAt(symbol, nowMs);
    const dayAgo = priceAt(symbol, nowMs - dayMs);
    const { high, low } = rangeAt(symbol, nowMs);
    return {
      price: price.toFixed(usdPlaces),
      change_24h_percent: roundTo(price.minus(dayAgo).div(dayAgo).times(100), 2).toFixed(2),
      high_24h: Decimal.max(high, price).toFixed(usdPlaces),
      low_24h: Decimal.min(low, price).toFixed(usdPlaces),
      last_updated: new Date(nowMs).toISOString(),
      simulated: true,
    };
  };
}

interface DayRange {
  readonly high: Decimal;
  readonly low: Decimal;
}

/** Over samples at whole quarters of an hour, so that every replica shows the same. */
function dayRange(symbol: MarketSymbol, lastStep: number): DayRange {
  const prices = Array.from({ length: daySamples + 1 }, (_, index) =>
    priceAt(symbol, (lastStep - index) * sampleMs),
  );
  return { high: Decimal.max(...prices), low: Decimal.min(...prices) };
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const sampleMs = 15 * minuteMs;
const daySamples = dayMs / sampleMs;

/** Slow and large to fast and small; together at most 3 %. */
const waves = [
  { periodMs: dayMs, percent: 1.6 },
  { periodMs: 180 * minuteMs, percent: 0.9 },
  { periodMs: 20 * minuteMs, percent: 0.4 },
  { periodMs: minuteMs, percent: 0.1 },
] as const;

/** Noise between -1 and 1: a fixed value at every whole position, and a smooth way from one to the next. */
function smoothNoise(seed: string, position: number): number {
  const left = Math.floor(position);
  const part = position - left;
  const eased = part * part * (3 - 2 * part);
  return noise(`${seed}/${left}`) * (1 - eased) + noise(`${seed}/${left + 1}`) * eased;
}

/** FNV-1a with a last mixing step, scaled to -1 … 1. */
function noise(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x7fffffff - 1;
}
