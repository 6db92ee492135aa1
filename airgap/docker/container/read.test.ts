import { afterEach, describe, expect, test } from "vitest";
import type { Properties } from "../../plugin/values.ts";
import { fakeCall, startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine } from "../testing/fake-engine.ts";
import { ID, LIVE } from "../testing/live-container.ts";
import { containerResource } from "./resource.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

describe("reading a container", () => {
  async function read(live: object, properties: Properties, inputs: Properties) {
    fake = await startFakeEngine({ "GET /containers/*/json": { body: { ...LIVE, ...live } } });
    return containerResource(fake.engine).read({ id: ID, properties, inputs }, fakeCall());
  }

  test("answers nothing for one that is gone", async () => {
    fake = await startFakeEngine({});
    expect(
      await containerResource(fake.engine).read({ id: ID, properties: {}, inputs: {} }, fakeCall()),
    ).toBeUndefined();
  });

  test("shows what was changed by hand, in the inputs that the program has", async () => {
    const stopped = { State: { ...LIVE.State, Running: false, Status: "exited", ExitCode: 137 } };
    const inputs = {
      name: "c",
      image: "i",
      memory: 32,
      mustRun: true,
      envs: ["A=1"],
      __defaults: ["mustRun"],
    };
    const found = await read(stopped, { ...inputs, memory: 32, mustRun: true }, inputs);
    expect(found?.inputs).toEqual({
      name: "c",
      image: "i",
      memory: 64,
      mustRun: false,
      envs: ["A=1"],
      __defaults: [],
    });
    expect(found?.properties).toMatchObject({ memory: 64, mustRun: false, exitCode: 137 });
  });

  test("keeps the program's order of ports, and fills in the host's", async () => {
    const live = {
      HostConfig: {
        PortBindings: {
          "80/tcp": [{ HostIp: "", HostPort: "" }],
          "9/tcp": [{ HostIp: "0.0.0.0", HostPort: "99" }],
        },
      },
      NetworkSettings: {
        Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "32768" }] },
        Networks: {},
      },
    };
    const ports = [80, 9].map((internal) => ({
      internal,
      external: null,
      ip: "0.0.0.0",
      protocol: "tcp",
    }));
    expect((await read(live, { ports }, { name: "c" }))?.properties["ports"]).toEqual([
      { internal: 80, external: 32768, ip: "0.0.0.0", protocol: "tcp" },
      { internal: 9, external: 99, ip: "0.0.0.0", protocol: "tcp" },
    ]);
  });

  test("gives an import the inputs that are set", async () => {
    expect((await read({}, {}, {}))?.inputs).toEqual({
      name: "c",
      image: "i",
      memory: 64,
      memorySwap: 64,
      networkMode: "bridge",
      restart: "no",
      start: true,
      mustRun: true,
      removeVolumes: true,
      waitTimeout: 60,
      containerReadRefreshTimeoutMilliseconds: 15_000,
      __defaults: [
        ...["containerReadRefreshTimeoutMilliseconds", "mustRun", "networkMode", "removeVolumes"],
        ...["restart", "start", "waitTimeout"],
      ],
    });
  });
});
