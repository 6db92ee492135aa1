import { expect, test } from "vitest";
import { canShowLiveList, runSteps } from "./run-steps.ts";
import type { Step } from "./step.ts";

/** Plain output, and a clock that the steps move by hand. */
function recorder() {
  const clock = { ms: 0 };
  const written: string[] = [];
  const output = {
    isTerminal: false,
    write: (text: string) => written.push(text),
    now: () => clock.ms,
  };
  return { clock, output, text: () => written.join("") };
}

test("plain lines with times and results; a report only now and then", async () => {
  const { clock, output, text } = recorder();
  const steps: Step[] = [
    {
      title: "Build",
      run: (report) => {
        for (const second of [1, 2, 6, 7]) {
          clock.ms = second * 1000;
          report(`second ${second}`);
        }
        return Promise.resolve("made");
      },
    },
    { title: "Start", run: () => Promise.resolve(undefined) },
  ];
  await runSteps(steps, output);
  expect(text()).toBe("- Build\n    second 6\n  done in 7.0 s: made\n- Start\n  done in 0.0 s\n");
});

test("the first step that fails ends the run", async () => {
  const { clock, output, text } = recorder();
  const steps: Step[] = [
    {
      title: "Build",
      run: () => {
        clock.ms = 12_340;
        return Promise.reject(new Error("no space"));
      },
    },
    { title: "Start", run: () => Promise.resolve(undefined) },
  ];
  await expect(runSteps(steps, output)).rejects.toThrow("no space");
  expect(text()).toBe("- Build\n  failed after 12 s\n");
});

test.each([
  { columns: 80, env: {}, live: true },
  { columns: 0, env: {}, live: false },
  { columns: 80, env: { CI: "true" }, live: false },
  { columns: 80, env: { TERM: "dumb" }, live: false },
])("a terminal $columns wide with $env has a live list: $live", ({ columns, env, live }) => {
  expect(canShowLiveList({ isTTY: true, columns }, env)).toBe(live);
  expect(canShowLiveList({ columns }, env)).toBe(false);
});
