import { Decimal } from "decimal.js";
import { z } from "zod";
import { usdPlaces } from "./money.ts";

/** An amount of US dollars in a request: a number or, without any loss, decimal text. Cents are the smallest part. */
export function usdAmountSchema({ min, max }: { readonly min: string; readonly max: string }) {
  return z
    .union([z.number(), z.string().regex(/^\d{1,15}(\.\d{1,15})?$/)], {
      error: "must be a number, or a decimal number as text",
    })
    .transform((value) => new Decimal(value))
    .refine((value) => value.gte(min) && value.lte(max), {
      error: `must be from ${min} to ${max} US dollars`,
    })
    .refine((value) => value.decimalPlaces() <= usdPlaces, {
      error: `must have at most ${usdPlaces} decimal places`,
    });
}
