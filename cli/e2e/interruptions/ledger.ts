import axios from "axios";
import { z } from "zod";

const tradeAnswer = z.object({
  trade: z.object({ trade_id: z.string(), amount: z.string() }),
});

const history = z.object({
  total: z.number(),
  trades: z.array(z.object({ trade_id: z.string(), amount: z.string() })),
});

const dashboard = z.object({
  kpis: z.object({
    trades_total: z.number(),
    trading_volume_usd: z.union([z.string(), z.number()]),
  }),
});

/** What the platform has said it has recorded, kept on this side. */
export interface Ledger {
  /** Makes trades of a user of its own, and notes those that were acknowledged. */
  readonly trade: (user: number, amounts: readonly string[]) => Promise<void>;
  /**
   * Reads every noted trade back.
   * @throws Error naming each one that is missing, counted twice or of another amount
   */
  readonly verify: () => Promise<void>;
}

/** As many as one page of the history has. */
const tradesOfUser = 100;

export function startLedger(gatewayUrl: string): Ledger {
  const http = axios.create({ baseURL: gatewayUrl, timeout: 15_000 });
  const noted = new Map<number, Map<string, string>>();
  return {
    trade: async (user, amounts) => {
      const trades = noted.get(user) ?? new Map<string, string>();
      noted.set(user, trades);
      for (const amount of amounts) {
        const { data } = await http.post<unknown>("/api/v1/trading/execute", {
          user_id: user,
          asset_symbol: "BTC/USD",
          direction: "LONG",
          amount: Number(amount),
        });
        const { trade } = tradeAnswer.parse(data);
        trades.set(trade.trade_id, trade.amount);
      }
    },
    verify: async () => {
      const problems: string[] = [];
      for (const [user, trades] of noted) {
        const { data } = await http.get<unknown>(
          `/api/v1/trading/history/${user}?limit=${tradesOfUser}`,
        );
        const found = history.parse(data);
        if (found.total !== trades.size) {
          problems.push(`user ${user} has ${found.total} trades instead of ${trades.size}`);
        }
        const amounts = new Map(found.trades.map((it) => [it.trade_id, it.amount]));
        for (const [id, amount] of trades) {
          const read = amounts.get(id);
          if (read !== amount) {
            problems.push(
              `trade ${id} of user ${user} is ${read ?? "missing"} instead of ${amount}`,
            );
          }
        }
      }
      const count = [...noted.values()].reduce((sum, trades) => sum + trades.size, 0);
      const { kpis } = dashboard.parse((await http.get<unknown>("/dashboard")).data);
      // The validations of the deploys trade as well.
      if (kpis.trades_total < count) {
        problems.push(`the dashboard counts ${kpis.trades_total} trades, and ${count} were made`);
      }
      if (problems.length > 0) throw new Error(`Trades were lost:\n${problems.join("\n")}`);
    },
  };
}
