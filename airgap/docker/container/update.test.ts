import { afterEach, describe, expect, test } from "vitest";
import type { Properties } from "../../plugin/values.ts";
import { fakeCall, startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine, Routes } from "../testing/fake-engine.ts";
import { ID, ROUTES } from "../testing/live-container.ts";
import { containerResource } from "./resource.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

describe("changing a container in place", () => {
  async function update(olds: Properties, news: Properties, routes: Routes = {}) {
    fake = await startFakeEngine({
      ...ROUTES,
      "POST /containers/*/update": { body: {} },
      ...routes,
    });
    const call = fakeCall();
    const base = {
      id: ID,
      name: "c",
      image: "i",
      restart: "no",
      mustRun: true,
      command: [],
      entrypoints: [],
      networkDatas: [],
    };
    const outputs = await containerResource(fake.engine).update(
      {
        id: ID,
        olds: { ...base, ...olds },
        oldInputs: {},
        news: { name: "c", image: "i", ...news },
        preview: false,
        timeoutMs: undefined,
      },
      call,
    );
    return { outputs, logged: call.logged };
  }

  test("sends all limits at once, and nothing else", async () => {
    const { outputs } = await update(
      { memory: 64, memorySwap: 64 },
      { memory: 96, memorySwap: 96, cpuShares: 5 },
    );
    expect(fake.seen.map(({ route, body }) => [route, body])).toEqual([
      [
        `POST /containers/${ID}/update`,
        { Memory: 96 << 20, MemorySwap: 96 << 20, CpuShares: 5, RestartPolicy: { Name: "no" } },
      ],
    ]);
    expect(outputs).toMatchObject({ memory: 96, memorySwap: 96, cpuShares: 5 });
  });

  test("starts a container that was stopped by hand", async () => {
    await update({ mustRun: false }, {});
    expect(fake.seen.map(({ route }) => route)).toEqual([`POST /containers/${ID}/start`]);
  });

  test("warns of what the engine cannot change", async () => {
    const { logged } = await update(
      { init: false, tmpfs: { "/a": "" } },
      { init: true, tmpfs: { "/b": "" } },
    );
    expect(fake.seen).toEqual([]);
    expect(logged).toEqual([
      "warning: init, tmpfs: the running container keeps the old value. It changes when the container is replaced: " +
        'add replaceOnChanges: ["init","tmpfs"] to the resource\'s options',
    ]);
  });

  test("says why the engine refuses", async () => {
    const refusal = { status: 400, body: { message: "Minimum memory limit allowed is 6MB" } };
    const updating = update(
      { memory: 64 },
      { memory: 1 },
      { "POST /containers/*/update": refusal },
    );
    await expect(updating).rejects.toThrow(
      "Unable to update the container: Minimum memory limit allowed is 6MB",
    );
  });
});
