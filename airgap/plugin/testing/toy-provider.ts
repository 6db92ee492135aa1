import { InitFailedError, ResourceError } from "../errors.ts";
import { serveProvider } from "../provider.ts";
import type { Resource } from "../resource.ts";
import { UNKNOWN, secret } from "../values.ts";

/** A provider that touches nothing outside, to test the protocol with. */
const toy: Resource = {
  check: (request, call) =>
    Promise.resolve({
      inputs: { ...request.news, checkedAs: `${call.type} ${call.name}` },
      ...("wrong" in request.news && { failures: [{ property: "wrong", reason: "is wrong" }] }),
    }),
  diff: (request) =>
    Promise.resolve({
      changed: request.news["size"] !== request.oldInputs["size"],
      detailedDiff: { size: "UPDATE_REPLACE" },
      replaces: ["size"],
      deleteBeforeReplace: true,
    }),
  async create({ inputs, preview, timeoutMs }, call) {
    if (preview) return { id: "", properties: { ...inputs, made: UNKNOWN } };
    if (inputs["fate"] === "refused") throw new ResourceError("the toy was refused");
    if (inputs["fate"] === "lost") throw new Error("the connection broke");
    if (inputs["fate"] === "half-made") {
      const properties = { ...inputs, made: "half" };
      throw new InitFailedError({
        id: "toy-1",
        properties,
        inputs,
        reasons: ["no arms", "no legs"],
      });
    }
    if (inputs["fate"] === "stubborn") {
      call.log.info("waiting");
      await new Promise(() => undefined);
    }
    if (inputs["fate"] === "slow") {
      call.log.info("waiting");
      await new Promise((_resolve, reject) => {
        call.signal.addEventListener("abort", () => reject(call.signal.reason as Error));
      });
    }
    return { id: "toy-1", properties: { made: secret("yes"), timeoutMs: timeoutMs ?? null } };
  },
  read: ({ id, properties, inputs }) =>
    Promise.resolve(id === "gone" ? undefined : { id, properties, inputs }),
  update: ({ news, preview }) => Promise.resolve({ ...news, preview }),
  delete: () => Promise.resolve(),
};

await serveProvider({
  name: "toy",
  version: "1.2.3",
  resources: { "toy:index:Toy": toy },
  checkConfig: (config) =>
    config["host"] === "" ? [{ property: "host", reason: "host is empty" }] : [],
  configure: (config, call) => {
    call.log.info(`configured with ${JSON.stringify(config)}`);
    return Promise.resolve();
  },
});
