import { afterEach, describe, expect, test } from "vitest";
import { fakeCall, startFakeEngine } from "./testing/fake-engine.ts";
import type { FakeEngine, Routes } from "./testing/fake-engine.ts";
import { networkResource } from "./network.ts";
import { volumeResource } from "./volume.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

const NETWORK = {
  Id: "n1",
  Name: "n",
  Driver: "bridge",
  Scope: "local",
  Internal: false,
  Attachable: false,
  Ingress: false,
  EnableIPv6: false,
  Options: {},
  Labels: {},
  IPAM: { Driver: "default", Config: [{ Subnet: "10.1.0.0/24", Gateway: "10.1.0.1" }] },
};

describe("a network", () => {
  test("keeps a configuration that the engine has only completed", async () => {
    fake = await startFakeEngine({
      "POST /networks/create": { status: 201, body: { Id: "n1" } },
      "GET /networks/n1": { body: NETWORK },
    });
    const inputs = { name: "n", internal: true, ipamConfigs: [{ subnet: "10.1.0.0/24" }] };
    const { id, properties } = await networkResource(fake.engine).create(
      { inputs, preview: false, timeoutMs: undefined },
      fakeCall(),
    );
    expect(id).toBe("n1");
    expect(properties["ipamConfigs"]).toEqual([
      { subnet: "10.1.0.0/24", gateway: "", ipRange: "", auxAddress: null },
    ]);
    expect(fake.seen[0]?.body).toEqual({
      Name: "n",
      CheckDuplicate: true,
      Internal: true,
      IPAM: { Driver: "default", Config: [{ Subnet: "10.1.0.0/24" }] },
    });
  });

  const remove = async (routes: Routes) => {
    fake = await startFakeEngine(routes);
    const call = fakeCall();
    await networkResource(fake.engine).delete(
      { id: "n1", properties: {}, oldInputs: {}, timeoutMs: undefined },
      call,
    );
    return call.logged;
  };

  test("is removed as soon as the last container has left it", async () => {
    let asked = 0;
    const busy = {
      status: 403,
      body: { message: "error while removing network: network n has active endpoints" },
    };
    const logged = await remove({
      "DELETE /networks/n1": () => (asked++ === 0 ? busy : { status: 204 }),
    });
    expect(asked).toBe(2);
    expect(logged).toEqual(["status: waiting for containers to leave the network"]);
  });

  test("that is gone is a success", async () => {
    expect(await remove({})).toEqual([]);
  });

  test("says at once why the engine does not remove it", async () => {
    const refusal = {
      status: 403,
      body: { message: "n is a pre-defined network and cannot be removed" },
    };
    await expect(remove({ "DELETE /networks/n1": refusal })).rejects.toThrow(
      "Unable to remove network n1: n is a pre-defined network and cannot be removed",
    );
  });
});

describe("a volume", () => {
  test("adopts one that is there, and shows its labels as they are", async () => {
    const live = {
      Name: "v",
      Driver: "local",
      Mountpoint: "/m",
      Options: null,
      Labels: { old: "label" },
    };
    fake = await startFakeEngine({ "POST /volumes/create": { status: 201, body: live } });
    const inputs = { name: "v", labels: [{ label: "new", value: "label" }] };
    const { id, properties } = await volumeResource(fake.engine).create(
      { inputs, preview: false, timeoutMs: undefined },
      fakeCall(),
    );
    expect([id, properties["labels"]]).toEqual(["v", [{ label: "old", value: "label" }]]);
    // With ignoreChanges those labels are no reason to delete it.
    const diff = (ignoreChanges: string[]) =>
      volumeResource(fake.engine).diff(
        { id, olds: properties, oldInputs: inputs, news: inputs, ignoreChanges },
        fakeCall(),
      );
    expect(await diff([])).toMatchObject({ changed: true, replaces: ["labels"] });
    expect(await diff(["labels"])).toMatchObject({ changed: false });
  });

  test("is removed when its container has let go of it", async () => {
    let asked = 0;
    const busy = { status: 409, body: { message: "volume is in use" } };
    fake = await startFakeEngine({
      "DELETE /volumes/v": () => (asked++ === 0 ? busy : { status: 204 }),
    });
    await volumeResource(fake.engine).delete(
      { id: "v", properties: {}, oldInputs: {}, timeoutMs: undefined },
      fakeCall(),
    );
    expect(asked).toBe(2);
  });
});
