import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endLeftProcesses } from "./left-processes.ts";

const id = "ab".repeat(32);

/** A process with the name and arguments of containerd's helper for a container. */
async function startHelper(container: string) {
  const script = "console.log(0); setInterval(() => {}, 1000)";
  const args = ["-e", script, "--", "-namespace", "moby", "-id", container];
  const helper = spawn(process.execPath, args, { argv0: "/usr/bin/containerd-shim-runc-v2" });
  await once(helper.stdout, "data");
  return helper;
}

test("ends the helper of the container that is no more, and no other", async () => {
  const [left, other] = [await startHelper(id), await startHelper("cd".repeat(32))];
  const ended = once(left, "exit");
  endLeftProcesses(id);
  await ended;
  expect(left.signalCode).toBe("SIGKILL");
  expect(other.signalCode).toBeNull();
  other.kill("SIGKILL");
});

test.each(["", "ab", "docker"])("%j is the id of no container, and ends nothing", async (text) => {
  const helper = await startHelper(text);
  endLeftProcesses(text);
  await new Promise((resolve) => setImmediate(resolve));
  expect(helper.signalCode).toBeNull();
  helper.kill("SIGKILL");
});
