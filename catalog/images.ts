/**
 * The official images the platform runs on. Tags are pinned; `redis:7.2` is the last series under the BSD licence.
 * A machine that cannot have them gets replacements with the same users, paths and commands (machine facts name them).
 */
export const officialImages = {
  node: { ref: "node:24-bookworm-slim", version: "24" },
  redis: { ref: "redis:7.2-alpine", version: "7.2" },
  prometheus: { ref: "prom/prometheus:v3.5.0", version: "3.5.0" },
  grafana: { ref: "grafana/grafana:12.1.1", version: "12.1.1" },
  haproxy: { ref: "haproxy:3.2-alpine", version: "3.2" },
} as const;

export type BaseImageName = keyof typeof officialImages;
