import { z } from "zod";
import { usdAmountSchema } from "../../kit/amount.ts";
import { usdPlaces } from "../../kit/money.ts";
import { userIdSchema } from "../../kit/user-id.ts";
import { marketSymbols } from "./markets.ts";

export const directions = ["LONG", "SHORT"] as const;

const minAmount = "0.01";
const maxAmount = "1000000";

/** An order as a client sends it. */
export const orderSchema = z.strictObject({
  user_id: userIdSchema.optional(),
  asset_symbol: z.enum(marketSymbols, { error: `must be one of ${marketSymbols.join(", ")}` }),
  direction: z.enum(directions, { error: `must be one of ${directions.join(", ")}` }),
  amount: usdAmountSchema({ min: minAmount, max: maxAmount }),
});

export type Order = z.output<typeof orderSchema>;

/** What `GET` on the path of orders says: the order that `POST` takes. */
export const orderDescription = {
  method: "POST",
  path: "/api/v1/trading/execute",
  description:
    "Executes a trade at the present simulated price. A user without funds is given demo funds, so that no order is refused for lack of them.",
  headers: {
    "X-User-ID": "who trades; without it, the body's user_id says so",
    "Idempotency-Key":
      "optional: the same key with the same order gives the same trade, for 24 hours",
  },
  fields: [
    { name: "user_id", type: "integer or string", required: "unless X-User-ID is sent" },
    { name: "asset_symbol", type: "string", required: true, allowed: marketSymbols },
    { name: "direction", type: "string", required: true, allowed: directions },
    {
      name: "amount",
      type: "number or decimal string",
      required: true,
      unit: "US dollars",
      minimum: minAmount,
      maximum: maxAmount,
      decimal_places: usdPlaces,
    },
  ],
  example: { user_id: 123, asset_symbol: "BTC/USD", direction: "LONG", amount: 1000 },
} as const;
