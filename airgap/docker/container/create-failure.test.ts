import { afterEach, describe, expect, test } from "vitest";
import { InitFailedError, ResourceError } from "../../plugin/errors.ts";
import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine, Routes } from "../testing/fake-engine.ts";
import { DONE, ID, ROUTES, createContainerOn } from "../testing/live-container.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

async function create(inputs: Properties, routes: Routes = {}, apiVersion?: string) {
  fake = await startFakeEngine({ ...ROUTES, ...routes }, apiVersion);
  return createContainerOn(fake, inputs);
}

describe("a container that cannot be made", () => {
  test.each<[string, Properties, Routes, RegExp]>([
    [
      "an image that cannot be pulled",
      {},
      {
        "GET /images/i/json": { status: 404, body: { message: "No such image" } },
        "POST /images/create": { body: { error: "no such host" } },
      },
      /^Unable to create container with image i: unable to pull image i: no such host/,
    ],
    [
      "a name that is taken",
      {},
      { "POST /containers/create": { status: 409, body: { message: "name in use" } } },
      /^Unable to create container c: name in use$/,
    ],
    ["CPUs that are no number", { cpus: "many" }, {}, /^Error setting cpus: failed to parse many/],
    [
      "CPUs that are too precise",
      { cpus: "0.1234567891" },
      {},
      /^Error setting cpus: 0.1234567891 is too precise/,
    ],
    [
      "a volume without a path",
      { volumes: [{ volumeName: "v" }] },
      {},
      /an entry of volumes has no containerPath/,
    ],
  ])("because of %s leaves nothing behind", async (_name, inputs, routes, message) => {
    const error: unknown = await create(inputs, routes).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ResourceError);
    expect((error as Error).message).toMatch(message);
  });

  test.each<[string, Properties, Routes, string]>([
    [
      "its start fails",
      {},
      {
        "POST /containers/*/start": { status: 500, body: { message: "port is already allocated" } },
      },
      "Unable to start container: port is already allocated",
    ],
    [
      "its network is missing",
      { networksAdvanced: [{ name: "n" }] },
      { "POST /networks/bridge/disconnect": DONE },
      "Unable to connect to network 'n': no such route: POST /networks/n/connect",
    ],
    [
      "an upload has no content",
      { uploads: [{ file: "/f" }] },
      {},
      "error with upload content of /f: exactly one of content, contentBase64 and source must be set",
    ],
    [
      "an upload's owner has a name",
      { uploads: [{ file: "/f", content: "x", owner: "app" }] },
      {},
      "error with upload of /f: owner is 'app', but must be a numeric id",
    ],
  ])("once it is there stays, half made, when %s", async (_name, inputs, routes, reason) => {
    const error: unknown = await create(inputs, routes).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(InitFailedError);
    const { halfMade } = error as InitFailedError;
    expect(halfMade.id).toBe(ID);
    expect(halfMade.reasons).toEqual([reason]);
    expect(halfMade.properties).toMatchObject({ id: ID, name: "c", hostname: null, envs: [] });
    expect(JSON.stringify(halfMade.properties)).not.toContain(UNKNOWN);
  });
});
