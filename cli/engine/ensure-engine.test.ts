import { expect, test } from "vitest";
import { resolvePaths } from "../paths.ts";
import type { HostContext } from "../setup/context.ts";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import { type EngineActions, ensureEngine } from "./ensure-engine.ts";
import type { HostSystem } from "./host-system.ts";

const { engine } = defaultMachineFacts();

interface Machine {
  readonly root?: boolean;
  readonly apt?: boolean;
  readonly dockerd?: boolean;
  readonly answers?: boolean;
  readonly triedHost?: string;
  readonly consent?: boolean;
}

/** Runs ensureEngine on a made-up machine; gives what it did, in order, and how it ended. */
async function run(machine: Machine): Promise<{ did: string[]; ended: unknown }> {
  const did: string[] = [];
  const { consent } = machine;
  const ctx: HostContext = {
    paths: resolvePaths({ env: {}, userHome: "/home/ada" }),
    env: {},
    userHome: "/home/ada",
    report: () => undefined,
    notice: (text) => did.push(`notice: ${text}`),
    ...(consent !== undefined && {
      confirm: () => {
        did.push("asked");
        return Promise.resolve(consent);
      },
    }),
  };
  const system: HostSystem = {
    isRoot: machine.root ?? false,
    hasApt: machine.apt ?? false,
    hasSystemd: false,
    hasProgram: (name) => name === "dockerd" && (machine.dockerd ?? false),
  };
  const host = machine.triedHost ?? "unix:///var/run/docker.sock";
  const act: EngineActions = {
    find: () =>
      Promise.resolve(
        machine.answers
          ? { found: true, facts: engine, source: "the default socket" }
          : {
              found: false,
              attempts: [{ address: { host, source: "it" }, reason: "there is no such socket" }],
            },
      ),
    system: () => system,
    install: (packages) => {
      did.push(`installed ${packages.join(" ")}`);
      return Promise.resolve();
    },
    start: () => {
      did.push("started");
      return Promise.resolve(engine);
    },
  };
  const ended = await ensureEngine(ctx, act).catch((error: unknown) => error);
  return { did, ended };
}

test("an engine that answers is used, and nothing is touched", async () => {
  expect(await run({ answers: true, root: true, apt: true })).toEqual({ did: [], ended: engine });
});

test("Debian and root: installs after saying so, then starts", async () => {
  expect(await run({ root: true, apt: true })).toEqual({
    did: [
      "notice: No Docker engine answers: installing Debian's packages docker.io and iptables.",
      "installed docker.io iptables",
      "started",
    ],
    ended: engine,
  });
});

test("asks first where someone can be asked", async () => {
  expect((await run({ root: true, apt: true, consent: true })).did).toEqual([
    "asked",
    "installed docker.io iptables",
    "started",
  ]);
  const refused = await run({ root: true, apt: true, consent: false });
  expect(refused.did).toEqual(["asked"]);
  expect(refused.ended).toMatchObject({ name: "UserError", exitCode: 3 });
});

test("an engine that is installed is only started", async () => {
  expect((await run({ root: true, apt: true, dockerd: true })).did).toEqual(["started"]);
});

test.each([
  ["a user on Debian", { apt: true }, "`sudo apt-get install docker.io`"],
  ["a user with a stopped engine", { apt: true, dockerd: true }, "`sudo systemctl start docker`"],
  ["macOS", {}, "Start Docker (Docker Desktop, Colima, OrbStack or the docker service)"],
  ["root without apt", { root: true }, "or set DOCKER_HOST to an engine."],
  [
    "an engine named by DOCKER_HOST",
    { root: true, apt: true, triedHost: "tcp://x:1" },
    "DOCKER_HOST",
  ],
])("%s: nothing is installed, and the message has the way out", async (_case, machine, text) => {
  const { did, ended } = await run(machine);
  expect(did).toEqual([]);
  expect(ended).toMatchObject({ name: "UserError", exitCode: 3 });
  expect((ended as Error).message).toContain("(it): there is no such socket");
  expect((ended as Error).message).toContain(text);
});
