/** Labels on every container, network and volume of ours. `status`, `down` and the checks find things by them. */
export const labels = {
  project: "io.astratrade.project",
  stack: "io.astratrade.stack",
  service: "io.astratrade.service",
  release: "io.astratrade.release",
  configHash: "io.astratrade.config-hash",
} as const;

export const projectName = "astratrade";
