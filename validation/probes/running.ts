import type { Evidence } from "../evidence.ts";

/** Names of the containers that were seen running in this attempt. */
export function runningContainers(found: Evidence): ReadonlySet<string> {
  const containers = found.containers;
  if (containers === undefined || !("value" in containers)) return new Set();
  return new Set(
    Object.entries(containers.value).flatMap(([name, state]) =>
      "value" in state && state.value.exists && state.value.status === "running" ? [name] : [],
    ),
  );
}
