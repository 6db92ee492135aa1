import { serveProvider } from "../plugin/provider.ts";
import { officialVersion } from "../plugin/versions.ts";
import { containerResource } from "./container/resource.ts";
import { Engine } from "./engine.ts";
import { imageResource } from "./image.ts";
import { networkResource } from "./network.ts";
import { remoteImageResource } from "./remote-image.ts";
import { volumeResource } from "./volume.ts";

/** Entry point of the fallback `docker` provider: the table of what it can make. */
const engine = new Engine();

await serveProvider({
  name: "docker",
  version: officialVersion("docker"),
  configure: (config, { signal }) => engine.configure(config, signal),
  resources: {
    "docker:index/container:Container": containerResource(engine),
    "docker:index/image:Image": imageResource(engine),
    "docker:index/network:Network": networkResource(engine),
    "docker:index/remoteImage:RemoteImage": remoteImageResource(engine),
    "docker:index/volume:Volume": volumeResource(engine),
  },
});
