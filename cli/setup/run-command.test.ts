import { expect, test } from "vitest";
import { runCommand } from "./run-command.ts";

const sh = (script: string, timeoutMs = 10_000) => runCommand("sh", ["-c", script], { timeoutMs });

test("gives standard output, and every line of both streams as it comes", async () => {
  const lines: string[] = [];
  const result = await runCommand(
    "sh",
    ["-c", "echo one; echo two >&2; echo $GREETING; echo '{}'"],
    {
      env: { GREETING: "three" },
      timeoutMs: 10_000,
      onLine: (line) => lines.push(line),
    },
  );
  expect(result).toMatchObject({ ok: true, stdout: "one\nthree\n{}", failure: "" });
  expect(lines.toSorted()).toEqual(["one", "three", "two"]);
});

test("an exit code is described, with the last lines", async () => {
  const result = await sh("seq 1 50; exit 3");
  expect(result).toMatchObject({ ok: false, failure: "sh ended with exit code 3" });
  expect(result.tail.split("\n")).toEqual(
    Array.from({ length: 20 }, (_, index) => `${index + 31}`),
  );
});

test("the deadline ends a program", async () => {
  const result = await sh("sleep 60", 100);
  expect(result).toMatchObject({ ok: false, failure: "sh did not end within 0.1 s" });
});

test("a signal and a missing program are told apart", async () => {
  expect((await sh("kill -KILL $$")).failure).toBe("sh was ended by SIGKILL");
  const missing = await runCommand("astratrade-no-such-program", [], { timeoutMs: 1000 });
  expect(missing.failure).toBe('there is no program "astratrade-no-such-program"');
});

test("a daemon left behind with the output open does not hold it up", async () => {
  const result = await sh("sleep 30 & echo $!");
  process.kill(Number(result.stdout));
  expect(result.ok).toBe(true);
});
