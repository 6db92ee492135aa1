import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = (rest: string) => {
  const module = join(import.meta.dirname, "ssh-connection.ts");
  const program = `import { SshConnection } from ${JSON.stringify(module)};
    const connection = new SshConnection("cat", []);
    ${rest}`;
  return promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 15_000,
  });
};

test("an idle connection lets its program end", async () => {
  const { stdout } = await run(`
    connection.once("data", (chunk) => {
      console.log(String(chunk));
      connection.unref();
    });
    connection.write("sent");`);
  expect(stdout).toBe("sent\n");
});

test("one that is in use does not", async () => {
  const { stdout } = await run(`
    connection.unref().ref();
    connection.once("data", () => {
      console.log("answered");
      connection.destroy();
    });
    setTimeout(() => connection.write("late"), 200).unref();`);
  expect(stdout).toBe("answered\n");
});
