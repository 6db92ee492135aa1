import type Docker from "dockerode";
import { expect, it } from "vitest";
import { FakeClock } from "../testing/clock.ts";
import { deploymentFixture } from "../testing/deployment.ts";
import type { ProbeContext } from "./probe.ts";
import { probeSelfCheck } from "./self-check.ts";

it("takes away what killed runs have left, also what was never started, and nothing of a run that goes on", async () => {
  const clock = new FakeClock();
  const now = Math.floor(clock.now().getTime() / 1000);
  const removed: string[] = [];
  const engine = {
    getImage: () => ({ inspect: () => Promise.resolve({ Config: { Cmd: ["main.mjs"] } }) }),
    listContainers: () =>
      Promise.resolve([
        { Id: "ended", State: "exited", Created: now - 5 },
        { Id: "never-started", State: "created", Created: now - 90 },
        { Id: "about-to-start", State: "created", Created: now - 5 },
      ]),
    getContainer: (id: string) => ({
      remove: () => {
        removed.push(id);
        return Promise.resolve();
      },
    }),
    createContainer: () => Promise.reject(new Error("no further")),
  } as unknown as Docker;
  const context: ProbeContext = {
    deployment: deploymentFixture(),
    engine,
    clock,
    runId: "3f2a9c1e-0000-4000-8000-000000000000",
    signal: new AbortController().signal,
    http: { send: () => Promise.reject(new Error("unused")), close: () => undefined },
    token: null,
    found: {},
  };
  await expect(probeSelfCheck(context)).rejects.toThrow("no further");
  expect(removed).toEqual(["ended", "never-started"]);
});
