import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseEngineAddress } from "./serve.ts";

test.each<[string[], string | undefined]>([
  [["127.0.0.1:4000"], "127.0.0.1:4000"],
  [["--logtostderr", "-v=9", "--tracing", "tcp://1.2.3.4:5", "127.0.0.1:4000"], "127.0.0.1:4000"],
  [["-v=9"], undefined],
  [[], undefined],
  [["help"], undefined],
])("the engine's address in %j is %j", (argv, address) => {
  expect(parseEngineAddress(argv)).toBe(address);
});

test("a plugin ends when the process that started it has been killed", async () => {
  const toy = fileURLToPath(new URL("./testing/toy-provider.ts", import.meta.url));
  // A parent that starts the plugin, hands on its output and id, and stays.
  const parentProgram =
    `const c = require("node:child_process").spawn(process.execPath, ["--import", "tsx", ${JSON.stringify(toy)}],` +
    `{stdio: ["ignore", "pipe", "inherit"]}); c.stdout.once("data", () => console.log(c.pid));` +
    `setInterval(() => {}, 60000);`;
  const parent = spawn(process.execPath, ["-e", parentProgram], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const pid = Number(line);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 8_000, interval: 100 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
