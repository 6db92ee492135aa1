import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { installPlugins } from "../install/install-plugins.ts";

/** The real CLI runs a real program with the installed language host and `random` provider. */
let folder: string;
let project: string;
let pulumi: string;

beforeAll(async () => {
  pulumi = findPulumi();
  folder = mkdtempSync(join(tmpdir(), "language nodejs e2e "));
  project = join(folder, "project");
  mkdirSync(join(project, "infra/deep"), { recursive: true });
  mkdirSync(join(folder, "state"));
  await installPlugins(
    {
      pluginsDir: join(folder, "home/plugins"),
      binDir: join(folder, "bin"),
      node: process.execPath,
    },
    () => undefined,
  );
  symlinkSync(
    join(import.meta.dirname, "../../node_modules"),
    join(project, "node_modules"),
    "junction",
  );
  writeFileSync(join(project, "package.json"), '{ "name": "e2e", "type": "module" }');
  writeFileSync(
    join(project, "Pulumi.yaml"),
    `name: e2e
main: infra
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: "--import tsx"
`,
  );
  await run(["stack", "init", "dev"]);
  await run(["config", "set", "--secret", "hush", "psst"]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
const config: pulumi.Config = new pulumi.Config();
console.log("said on stdout by", process.version);
console.error("said on stderr");
const password = new random.RandomPassword("p", { length: 24, special: false });
export const directory = process.cwd();
export const root = pulumi.runtime.getRootDirectory();
export const secret = config.requireSecret("hush");
export const length = password.result.apply((result) => result.length);
`;

beforeEach(() => {
  writeProgram(PROGRAM);
});

function writeProgram(text: string): void {
  writeFileSync(join(project, "infra/index.ts"), text);
}

describe("the language host under the real CLI", () => {
  it("runs a TypeScript program of ES modules from a subfolder, and shows what it says", async () => {
    const up = await run(["up", "--yes", "--skip-preview"], { cwd: join(project, "infra/deep") });
    expect(up.text).toContain(`said on stdout by ${process.version}`);
    expect(up.text).toContain("said on stderr");
    expect(up.code).toBe(0);
    const outputs = await run(["stack", "output", "--json", "--show-secrets"]);
    expect(JSON.parse(outputs.stdout)).toEqual({
      directory: join(project, "infra"),
      root: project,
      secret: "psst",
      length: 24,
    });
    const hidden = await run(["stack", "output", "--json"]);
    expect(JSON.parse(hidden.stdout)).toMatchObject({ secret: "[secret]" });
  });

  it("changes nothing the second time, nor after a refresh", async () => {
    expect(await run(["up", "--yes", "--skip-preview", "--expect-no-changes"])).toMatchObject({
      code: 0,
    });
    expect(await run(["refresh", "--yes", "--expect-no-changes"])).toMatchObject({ code: 0 });
    expect(await run(["preview", "--expect-no-changes"])).toMatchObject({ code: 0 });
  });

  it("shows an error of the program once, with its place, and nothing on top of it", async () => {
    writeProgram(`${PROGRAM}\nthrow new Error("thrown by the program");\n`);
    const { code, text } = await run(["preview"]);
    expect(code).not.toBe(0);
    expect(text).toContain("Error: thrown by the program");
    expect(text).toContain("infra/");
    expect(text).not.toContain("exit code");
  });

  it("reports the exit code of a program that ends by itself", async () => {
    writeProgram("process.exit(7);\n");
    const { code, text } = await run(["preview"]);
    expect(code).not.toBe(0);
    expect(text).toContain("Program exited with non-zero exit code: 7");
  });

  it("stops a waiting program at Ctrl-C", async () => {
    writeProgram(`${PROGRAM}
console.log("waiting as " + process.pid);
setInterval(() => undefined, 1_000);
await new Promise(() => undefined);
`);
    const child = start(["up", "--yes", "--skip-preview"]);
    let programId = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [, id] = /waiting as (\d+)/.exec(line) ?? [];
      // The line comes again in the summary, when the program has gone.
      if (id === undefined || programId !== 0) continue;
      programId = Number(id);
      child.kill("SIGINT");
    }
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).not.toBe(0);
    await vi.waitFor(() => expect(() => process.kill(programId, 0)).toThrow("ESRCH"), 10_000);
  });

  it("says what it is, and destroys without the program", async () => {
    const about = await run(["about", "--json"]);
    expect(JSON.parse(about.stdout)).toMatchObject({
      runtime: {
        language: "nodejs",
        executable: process.execPath,
        version: process.version.slice(1),
      },
    });
    expect(await run(["destroy", "--yes"])).toMatchObject({ code: 0 });
  });
});

/** @throws Error that says where the CLI is looked for */
function findPulumi(): string {
  const named = process.env["ASTRATRADE_PULUMI"];
  const candidates =
    named === undefined
      ? (process.env["PATH"] ?? "").split(delimiter).map((path) => join(path, "pulumi"))
      : [named];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error(
      "this test needs the Pulumi CLI: put it on the PATH, or its path into ASTRATRADE_PULUMI " +
        `(now ${named ?? "not set"}); npm run setup makes one`,
    );
  }
  return found;
}

function start(args: readonly string[], cwd = project) {
  return spawn(pulumi, [...args, "--non-interactive", "--color=never"], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: [join(folder, "bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "e2e",
      PULUMI_STACK: "dev",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  });
}

/** Runs the CLI to its end; `text` is all that it printed. */
async function run(
  args: readonly string[],
  { cwd = project }: { readonly cwd?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly text: string }> {
  const child = start(args, cwd);
  let text = "";
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, stdout, text };
}
