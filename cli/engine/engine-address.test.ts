import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engineAddresses } from "./engine-address.ts";

let userHome: string;
beforeEach(() => (userHome = mkdtempSync(join(tmpdir(), "astratrade-home-"))));
afterEach(() => rmSync(userHome, { recursive: true }));

function dockerConfig(content: string): void {
  mkdirSync(join(userHome, ".docker"), { recursive: true });
  writeFileSync(join(userHome, ".docker/config.json"), content);
}

/** Writes a context as `docker context create` does; returns the folder of its certificates. */
function dockerContext(name: string, host: string): string {
  const id = createHash("sha256").update(name).digest("hex");
  const folder = join(userHome, ".docker/contexts");
  mkdirSync(join(folder, "meta", id), { recursive: true });
  writeFileSync(
    join(folder, "meta", id, "meta.json"),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
  return join(folder, "tls", id, "docker");
}

describe("engineAddresses", () => {
  test("DOCKER_HOST leaves no alternative, whatever the context", () => {
    dockerContext("colima", "unix:///colima.sock");
    dockerConfig('{"currentContext": "colima"}');
    expect(engineAddresses({ env: { DOCKER_HOST: "127.0.0.1:2375" }, userHome })).toEqual([
      { host: "tcp://127.0.0.1:2375", source: "DOCKER_HOST" },
    ]);
  });

  test("certificates of DOCKER_CERT_PATH count with DOCKER_TLS_VERIFY only", () => {
    const env = { DOCKER_HOST: "tcp://engine:2376", DOCKER_CERT_PATH: "/certs" };
    expect(engineAddresses({ env, userHome })[0]).not.toHaveProperty("certPath");
    expect(engineAddresses({ env: { ...env, DOCKER_TLS_VERIFY: "1" }, userHome })).toEqual([
      { host: "tcp://engine:2376", certPath: "/certs", source: "DOCKER_HOST" },
    ]);
  });

  test("takes the current context, with its certificates", () => {
    dockerConfig('{"currentContext": "far"}');
    const certificates = dockerContext("far", "tcp://10.0.0.1:2376");
    mkdirSync(certificates, { recursive: true });
    writeFileSync(join(certificates, "cert.pem"), "");
    expect(engineAddresses({ env: {}, userHome })).toEqual([
      {
        host: "tcp://10.0.0.1:2376",
        certPath: certificates,
        source: 'the Docker context "far"',
      },
    ]);
  });

  test("DOCKER_CONTEXT goes before the current context", () => {
    dockerConfig('{"currentContext": "far"}');
    dockerContext("far", "tcp://10.0.0.1:2376");
    dockerContext("near", "unix:///near.sock");
    expect(engineAddresses({ env: { DOCKER_CONTEXT: "near" }, userHome })).toEqual([
      { host: "unix:///near.sock", source: 'the Docker context "near"' },
    ]);
  });

  test.each([
    ["{}"],
    ['{"currentContext": "default"}'],
    ['{"currentContext": "gone"}'],
    ["{broken"],
  ])("looks at the usual sockets when the configuration is %s", (content) => {
    dockerConfig(content);
    const hosts = engineAddresses({ env: { XDG_RUNTIME_DIR: "/run/user/7" }, userHome }).map(
      ({ host }) => host,
    );
    expect(hosts).toEqual([
      "unix:///var/run/docker.sock",
      "unix:///run/user/7/docker.sock",
      `unix://${userHome}/.docker/run/docker.sock`,
      `unix://${userHome}/.docker/desktop/docker.sock`,
      `unix://${userHome}/.colima/default/docker.sock`,
      `unix://${userHome}/.orbstack/run/docker.sock`,
      `unix://${userHome}/.rd/docker.sock`,
    ]);
  });
});
