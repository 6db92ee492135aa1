/** Paths and headers that more than one side uses. */
export const paths = {
  health: "/health",
  live: "/health/live",
  ready: "/health/ready",
  metrics: "/metrics",
  services: "/services",
  dashboard: "/dashboard",
  apiPrefix: "/api/v1",
} as const;

export const headers = {
  correlationId: "x-correlation-id",
  userId: "x-user-id",
  idempotencyKey: "idempotency-key",
} as const;
