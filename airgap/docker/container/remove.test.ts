import { afterEach, describe, expect, test } from "vitest";
import type { Properties } from "../../plugin/values.ts";
import { fakeCall, startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine, Routes } from "../testing/fake-engine.ts";
import { DONE, ID, LIVE } from "../testing/live-container.ts";
import { containerResource } from "./resource.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

describe("removing a container", () => {
  const remove = async (properties: Properties, routes: Routes) => {
    fake = await startFakeEngine(routes);
    const request = { id: ID, properties, oldInputs: {}, timeoutMs: undefined };
    await containerResource(fake.engine).delete(request, fakeCall());
    return fake.seen.map(({ route, query }) => [route.replace(ID, "*"), query]);
  };

  test("kills it at once without a grace time", async () => {
    expect(await remove({}, { "DELETE /containers/*": DONE })).toEqual([
      ["DELETE /containers/*", { force: "true", v: "true" }],
    ]);
  });

  test("stops it first, and keeps anonymous volumes, where the state says so", async () => {
    const routes = { "POST /containers/*/stop": DONE, "DELETE /containers/*": DONE };
    expect(await remove({ destroyGraceSeconds: 5, removeVolumes: false }, routes)).toEqual([
      ["POST /containers/*/stop", { t: "5" }],
      ["DELETE /containers/*", { force: "true", v: "false" }],
    ]);
  });

  test("takes one that is gone for a success", async () => {
    expect(await remove({ destroyGraceSeconds: 5 }, {})).toEqual([
      ["POST /containers/*/stop", { t: "5" }],
    ]);
  });

  test("waits for one that is being removed already", async () => {
    const busy = { status: 409, body: { message: "removal of container is already in progress" } };
    let asked = 0;
    const routes: Routes = {
      "DELETE /containers/*": busy,
      "GET /containers/*/json": () =>
        asked++ === 0 ? { body: LIVE } : { status: 404, body: { message: "gone" } },
    };
    expect((await remove({}, routes)).map(([route]) => route)).toEqual([
      "DELETE /containers/*",
      "GET /containers/*/json",
      "GET /containers/*/json",
    ]);
  });
});
