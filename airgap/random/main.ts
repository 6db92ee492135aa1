import { serveProvider } from "../plugin/provider.ts";
import { officialVersion } from "../plugin/versions.ts";
import { randomResources } from "./resources.ts";

await serveProvider({
  name: "random",
  version: officialVersion("random"),
  resources: randomResources,
});
