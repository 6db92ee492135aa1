import { afterEach, describe, expect, test } from "vitest";
import { InitFailedError } from "../../plugin/errors.ts";
import type { Properties } from "../../plugin/values.ts";
import { startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine, Routes } from "../testing/fake-engine.ts";
import { LIVE, ROUTES, createContainerOn } from "../testing/live-container.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

async function create(inputs: Properties, routes: Routes = {}, apiVersion?: string) {
  fake = await startFakeEngine({ ...ROUTES, ...routes }, apiVersion);
  return createContainerOn(fake, inputs);
}

/** What the engine answers to a request for logs: one frame of standard output. */
function logs(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe("waiting for health", () => {
  const waiting = { healthcheck: { tests: ["CMD", "true"] }, wait: true, waitTimeout: 1 };
  const state = (more: object) => ({
    "GET /containers/*/json": { body: { ...LIVE, State: { ...LIVE.State, ...more } } },
    "GET /containers/*/logs": { body: logs("it went wrong\n") },
  });

  test("ends when the check passes", async () => {
    let asked = 0;
    const starting = { ...LIVE, State: { ...LIVE.State, Health: { Status: "starting" } } };
    await create(waiting, {
      "GET /containers/*/json": () => ({ body: asked++ < 2 ? starting : LIVE }),
    });
    expect(asked).toBe(4);
  });

  test.each<[string, object, string[]]>([
    [
      "an unhealthy container, after the timeout",
      { Health: { Status: "unhealthy", Log: [{ ExitCode: 1, Output: "no\nfile" }] } },
      [
        "container failed to be in healthy state: after 1 s (waitTimeout) it is running and unhealthy",
        "health check: status 1 no | file",
        "the container's last lines:",
        "  it went wrong",
      ],
    ],
    [
      "one that has ended, at once",
      { Running: false, Status: "exited", ExitCode: 3, Health: { Status: "starting" } },
      [
        "container failed to be in healthy state: it ended with status 3",
        "the container's last lines:",
        "  it went wrong",
      ],
    ],
    [
      "one without a health check, at once",
      { Health: undefined },
      [
        "container failed to be in healthy state: it has no health check, so wait: true can never end",
        "the container's last lines:",
        "  it went wrong",
      ],
    ],
  ])("gives up %s, and shows why", async (_name, more, lines) => {
    const error: unknown = await create(waiting, state(more)).catch((failure: unknown) => failure);
    expect((error as InitFailedError).halfMade.reasons).toEqual([lines.join("\n")]);
  });

  test("does not give up a container that will be restarted", async () => {
    let asked = 0;
    const ended = {
      ...LIVE,
      State: { ...LIVE.State, Running: false, Status: "exited", Health: { Status: "starting" } },
      HostConfig: { RestartPolicy: { Name: "always" } },
    };
    await create(
      { ...waiting, restart: "always" },
      { "GET /containers/*/json": () => ({ body: asked++ < 1 ? ended : LIVE }) },
    );
    expect(asked).toBe(3);
  });
});
