import type { ServiceName } from "../../catalog/services.ts";
import type { ServiceImplementation } from "../kit/service.ts";

/**
 * What implements each service of the catalogue; the compiler asks for what is missing. A container loads its own only.
 */
export const implementations = {
  user: async () => (await import("./user/user.ts")).user,
  trading: async () => (await import("./trading/trading.ts")).trading,
  gamification: async () => (await import("./gamification/gamification.ts")).gamification,
  social: async () => (await import("./social/social.ts")).social,
  nft: async () => (await import("./nft/nft.ts")).nft,
  financial: async () => (await import("./financial/financial.ts")).financial,
} satisfies Record<ServiceName, () => Promise<ServiceImplementation>>;
