import packageJson from "../../package.json" with { type: "json" };

/** The Pulumi CLI that this repository is tested with; `airgap/pulumi-cli/go.mod` pins the same version. */
export const pulumiCliVersion = "3.274.1";

/** Plugin versions follow the npm packages exactly, since the engine asks for what the SDK in use names. */
export const pluginVersions = {
  docker: packageJson.dependencies["@pulumi/docker"],
  random: packageJson.dependencies["@pulumi/random"],
} as const;
