import { serveProvider } from "../plugin/provider.ts";
import { officialVersion } from "../plugin/versions.ts";
import { containerResource } from "./container/resource.ts";
import { Engine } from "./engine.ts";
import { networkResource } from "./network.ts";
import { volumeResource } from "./volume.ts";

/** Entry point of the fallback `docker` provider: the table of what it can make. */
const engine = new Engine();

await serveProvider({
  name: "docker",
  version: officialVersion("docker"),
  configure: (config, { signal }) => engine.configure(config, signal),
  resources: {
    "docker:index/container:Container": containerResource(engine),
    "docker:index/network:Network": networkResource(engine),
    "docker:index/volume:Volume": volumeResource(engine),
  },
});
