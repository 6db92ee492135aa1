import type { CreateResult } from "../../plugin/resource.ts";
import type { Properties } from "../../plugin/values.ts";
import { containerResource } from "../container/resource.ts";
import { fakeCall } from "./fake-engine.ts";
import type { FakeEngine, Routes } from "./fake-engine.ts";

/** The id of the container that the fake engine makes. */
export const ID = "0a39fa3f6f038dc08a9c9c25067418fc0165477163b4eea2280a11ea341cd410";

/** A container as the engine describes it, running and healthy. */
export const LIVE = {
  Id: ID,
  Name: "/c",
  Platform: "linux",
  State: { Running: true, Status: "running", ExitCode: 0, Health: { Status: "healthy" } },
  Config: {
    Image: "i",
    Hostname: "h",
    Domainname: "",
    User: "",
    Cmd: ["x"],
    Entrypoint: null,
    WorkingDir: "",
    Tty: false,
    OpenStdin: false,
  },
  HostConfig: {
    NetworkMode: "bridge",
    RestartPolicy: { Name: "no" },
    Memory: 64 << 20,
    MemorySwap: 64 << 20,
  },
  NetworkSettings: { Ports: {}, Networks: {} },
};

export const DONE = { status: 204 };

/** An engine that has the image `i` and makes a container of it. */
export const ROUTES: Routes = {
  "GET /images/i/json": { body: {} },
  "POST /containers/create": { status: 201, body: { Id: ID } },
  "POST /containers/*/start": DONE,
  "GET /containers/*/json": { body: LIVE },
};

/** Checks the inputs of a container named `c` of the image `i`, and makes it. */
export async function createContainerOn(
  { engine }: FakeEngine,
  inputs: Properties,
  call = fakeCall(),
): Promise<CreateResult> {
  const resource = containerResource(engine);
  const news = { name: "c", image: "i", ...inputs };
  const checked = await resource.check(
    { news, olds: {}, oldOutputs: {}, randomSeed: new Uint8Array(), autonaming: undefined },
    call,
  );
  if (checked.failures?.length) throw new Error(JSON.stringify(checked.failures));
  return resource.create({ inputs: checked.inputs, preview: false, timeoutMs: undefined }, call);
}
