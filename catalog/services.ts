import { defineServices, type Limits } from "./service-definition.ts";

/** What the plan asks for every container that does not say otherwise. */
export const defaultLimits: Limits = { memoryMb: 512, cpus: 0.5 };

/**
 * The table of services: one entry here and one folder in `runtime/services/` make a service. Ports, routes, networks,
 * Redis rights, scrape targets, checks and documents follow from the entry.
 */
export const services = defineServices({
  user: {
    port: 8004,
    route: "users",
    calls: [],
    domain: "user",
    redisKeys: ["user:*"],
    consumes: [],
    limits: defaultLimits,
    probePaths: ["/api/v1/users"],
  },
  trading: {
    port: 8001,
    route: "trading",
    calls: ["user"],
    domain: "trading",
    redisKeys: ["trading:*", "ledger:*"],
    consumes: [],
    limits: defaultLimits,
    routeRules: [
      { path: "/execute", methods: ["POST"], userPerMinute: 120 },
      { path: "/markets/*", staleOk: true },
    ],
    probePaths: ["/api/v1/trading/execute", "/api/v1/trading/markets"],
  },
  gamification: {
    port: 8002,
    route: "gamification",
    calls: [],
    domain: "gamification",
    redisKeys: ["gamification:*"],
    consumes: ["trading"],
    limits: defaultLimits,
    routeRules: [{ path: "/leaderboard", staleOk: true }],
    probePaths: ["/api/v1/gamification/leaderboard"],
  },
  social: {
    port: 8003,
    route: "social",
    calls: [],
    domain: "social",
    redisKeys: ["social:*"],
    consumes: ["trading"],
    limits: defaultLimits,
    routeRules: [{ path: "/feed", staleOk: true }],
    probePaths: ["/api/v1/social/feed"],
  },
  nft: {
    port: 8005,
    route: "nft",
    calls: [],
    domain: "nft",
    redisKeys: ["nft:*", "ledger:*"],
    consumes: ["trading"],
    limits: defaultLimits,
    routeRules: [{ path: "/marketplace", staleOk: true }],
    probePaths: ["/api/v1/nft/marketplace"],
  },
  financial: {
    port: 8006,
    route: "financial",
    calls: [],
    domain: "financial",
    redisKeys: ["financial:*", "ledger:*"],
    consumes: ["trading"],
    limits: defaultLimits,
    probePaths: ["/api/v1/financial/revenue"],
  },
});

export type ServiceName = keyof typeof services;

/** All service names, in the order of the table. */
export const serviceNames = Object.keys(services) as readonly ServiceName[];
