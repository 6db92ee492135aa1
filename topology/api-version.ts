/** Docker Engine 25: from here on health checks may be frequent while a container starts, and rare afterwards. */
export const startIntervalApi = "1.44";

/** Whether a version of the engine's API, such as `1.41`, is the least one or a newer one. */
export function apiAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
