import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import { makeCertificates } from "../testing/certificates.ts";
import { startSecondEngine, type SecondEngine } from "../testing/second-engine.ts";
import { startSshServer, type SshServer } from "../testing/ssh-server.ts";
import { createSandbox, latestReport, type Sandbox } from "./sandbox.ts";

/**
 * A stack on another machine's engine: one that shares neither loopback nor ports with this one, and that is reached by
 * TLS or ssh only.
 */
let engine: SecondEngine;
let server: SshServer;
let certificates: string;

beforeAll(async () => {
  engine = await startSecondEngine("remote", {
    daemonArguments: ({ address, folder }) => {
      const { server: own, client } = makeCertificates(join(folder, "tls"), address);
      certificates = client;
      return [
        ...["--host", `tcp://${address}:2376`, "--tlsverify"],
        ...["--tlscacert", join(own, "ca.pem")],
        ...["--tlscert", join(own, "cert.pem"), "--tlskey", join(own, "key.pem")],
      ];
    },
  });
  server = await startSshServer(engine);
});
afterAll(() => engine.stop());

describe("by TLS", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({
      engine,
      env: {
        DOCKER_HOST: `tcp://${engine.address}:2376`,
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: certificates,
      },
    });
  });
  afterAll(() => sandbox.remove());

  test("a stack that nobody here could reach is refused before anything is touched", async () => {
    sandbox.configure({ bindAddress: "127.0.0.1" });
    const { exitCode, text } = await sandbox.astra("up");
    expect(text).toContain(
      `Ports are to be bound to 127.0.0.1 of ${engine.address}, which only that machine reaches`,
    );
    expect(text).toContain(`Set astratrade:bindAddress in Pulumi.${sandbox.stack}.yaml`);
    expect(exitCode).not.toBe(0);
    expect(await containersOf(sandbox)).toEqual([]);
  });

  test("up deploys and validates; a second one changes nothing", async () => {
    sandbox.configure({ bindAddress: "0.0.0.0" });
    const first = await sandbox.astra("up");
    expect(first.exitCode, first.text).toBe(0);
    expect(first.text).toContain(`Gateway     ${sandbox.gatewayUrl}\n`);
    expect((await fetch(`${sandbox.gatewayUrl}/health`)).status).toBe(200);
    expect(latestReport(sandbox)).toMatchObject({ verdict: "passed" });

    const before = await containersOf(sandbox);
    const second = await sandbox.astra("up");
    expect(second.exitCode, second.text).toBe(0);
    expect(await containersOf(sandbox)).toEqual(before);
  });

  test("another engine is refused, by name, before anything is touched", async () => {
    const here = await createSandbox({ beside: sandbox });
    const { exitCode, text } = await here.astra("up", "--stack", sandbox.stack);
    expect(text).toContain(
      `Stack "${sandbox.stack}" was last deployed to the engine at tcp://${engine.address}:2376; this is another one, ` +
        "at unix:///var/run/docker.sock. Nothing was changed.",
    );
    expect(exitCode).toBe(3);
  });

  test("down takes it away", async () => {
    const { exitCode, text } = await sandbox.astra("down");
    expect(exitCode, text).toBe(0);
    expect(await containersOf(sandbox)).toEqual([]);
  });
});

describe("by ssh", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    const { host, clientFolder } = server;
    const path = `${clientFolder}:${process.env.PATH ?? ""}`;
    sandbox = await createSandbox({ engine, env: { DOCKER_HOST: host, PATH: path } });
    // On the loopback of the other machine, as is the default.
    sandbox.configure({ publish: "entry", bindAddress: "127.0.0.1" });
  });
  afterAll(() => sandbox.remove());

  test("up deploys and validates through ssh; a second one changes nothing", async () => {
    const first = await sandbox.astra("up");
    expect(first.exitCode, first.text).toBe(0);
    expect(first.text).toContain(`127.0.0.1 is the loopback of ${engine.address}`);
    expect(latestReport(sandbox)).toMatchObject({ verdict: "passed" });

    const before = await containersOf(sandbox);
    const second = await sandbox.astra("up");
    expect(second.exitCode, second.text).toBe(0);
    expect(await containersOf(sandbox)).toEqual(before);
  });

  test("status and doctor look there", async () => {
    const status = await sandbox.astra("status");
    expect(status.exitCode, status.text).toBe(0);
    const doctor = await sandbox.astra("doctor");
    expect(doctor.exitCode, doctor.text).toBe(0);
    expect(doctor.text).toContain("ports.not-looked-at");
  });

  test("down takes it away, and no connection stays open", async () => {
    const { exitCode, text } = await sandbox.astra("down");
    expect(exitCode, text).toBe(0);
    expect(await containersOf(sandbox)).toEqual([]);
    const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
    expect(
      processes.filter((it) => it.startsWith("/usr/bin/ssh ") && it.includes(engine.folder)),
    ).toEqual([]);
  });
});

/** Names and ids of the stack's containers. */
async function containersOf({ stack, docker }: Sandbox): Promise<string[]> {
  const filters = { label: [`${labels.stack}=${stack}`] };
  const containers = await docker.listContainers({ all: true, filters });
  return containers.map(({ Id, Names }) => `${Names.join()} ${Id}`).sort();
}
