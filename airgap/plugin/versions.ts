/** The releases of the official plugins that the fallback ones stand in for and were compared with. */
const OFFICIAL = { docker: "5.2.0", random: "4.21.2" } as const;

/**
 * The version that a fallback provider reports. The engine compares it with the folder the plugin
 * is installed in, which carries the version of the npm package; whoever installs it under another
 * version says so in `AIRGAP_DOCKER_VERSION` or `AIRGAP_RANDOM_VERSION`.
 */
export function officialVersion(name: keyof typeof OFFICIAL): string {
  return process.env[`AIRGAP_${name.toUpperCase()}_VERSION`] ?? OFFICIAL[name];
}
