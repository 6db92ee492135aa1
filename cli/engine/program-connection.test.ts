import { execFile } from "node:child_process";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ProgramConnection } from "./program-connection.ts";

/** Asks over connections that are programs. */
function ask(script: string): Promise<string> {
  const agent = new Agent();
  agent.createConnection = () =>
    new ProgramConnection(
      "sh",
      ["-c", script],
      (complaint) => complaint && `it says: ${complaint}`,
    );
  return new Promise((resolve, reject) => {
    const asked = request({ host: "engine", path: "/info", agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    asked.once("error", reject);
    asked.end();
  });
}

describe("ProgramConnection", () => {
  test("is a socket to Node's HTTP client", async () => {
    const answer = String.raw`HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere`;
    expect(await ask(`read line && printf '${answer}' && cat > /dev/null`)).toBe("here");
  });

  test("ends with what the program has said on standard error", async () => {
    await expect(ask("echo 'no way' >&2; exit 255")).rejects.toThrow("it says: no way");
  });

  test("an idle one lets its program end", async () => {
    const module = join(import.meta.dirname, "program-connection.ts");
    const program = `import { ProgramConnection } from ${JSON.stringify(module)};
      const connection = new ProgramConnection("cat", [], String);
      connection.once("data", (chunk) => {
        console.log(String(chunk));
        connection.unref();
      });
      connection.write("sent");`;
    const args = ["--input-type=module", "-e", program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
    expect(stdout).toBe("sent\n");
  });

  test("names the exit code of a program that says nothing", async () => {
    await expect(ask("exit 3")).rejects.toThrow("sh ended with exit code 3");
  });
});
