import { Decimal } from "decimal.js";

/** An amount as the ledger keeps it: an integer of 10⁻⁸ of the unit, for US dollars as for coins. */
export type Units = bigint;

/** Decimal places of a {@link Units}. */
export const unitPlaces = 8;

/** Dollars have cents; coins have the eight places that Bitcoin has. */
export const usdPlaces = 2;

/**
 * @param value a decimal number, as text or Decimal
 * @throws RangeError when it has more than eight decimal places: nothing is rounded in silence
 */
export function toUnits(value: Decimal.Value): Units {
  const scaled = new Decimal(value).times(unitsPerWhole);
  if (!scaled.isInteger()) {
    throw new RangeError(`${new Decimal(value).toFixed()} has more than ${unitPlaces} places.`);
  }
  return BigInt(scaled.toFixed(0));
}

/**
 * @param minPlaces places that are written even when they are zero
 * @returns a decimal string, for example `1000.00`
 */
export function formatUnits(units: Units, minPlaces: number = usdPlaces): string {
  const digits = (units < 0n ? -units : units).toString().padStart(unitPlaces + 1, "0");
  const whole = digits.slice(0, -unitPlaces);
  const fraction = digits.slice(-unitPlaces).replace(/0+$/, "").padEnd(minPlaces, "0");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Rounds half up, as everybody expects of money. */
export function roundTo(value: Decimal.Value, places: number): Decimal {
  return new Decimal(value).toDecimalPlaces(places, Decimal.ROUND_HALF_UP);
}

const unitsPerWhole = new Decimal(10).pow(unitPlaces);
