import { describe, expect, test } from "vitest";
import type { Properties } from "../plugin/values.ts";
import { configList, describeEndpoint, resolveEndpoint } from "./endpoint.ts";
import type { Endpoint, Surroundings } from "./endpoint.ts";
import { sshArguments } from "./ssh-agent.ts";

const SURROUNDINGS: Surroundings = {
  env: {},
  home: "/home/u",
  platform: "linux",
  exists: () => true,
};

describe("resolveEndpoint", () => {
  test.each<[string, Properties, Partial<Surroundings>, Endpoint]>([
    ["the default socket", {}, {}, { kind: "socket", path: "/var/run/docker.sock" }],
    [
      "Docker Desktop's socket",
      {},
      { exists: (path) => path.startsWith("/home") },
      { kind: "socket", path: "/home/u/.docker/run/docker.sock" },
    ],
    [
      "the pipe of Windows",
      {},
      { platform: "win32" },
      { kind: "socket", path: "//./pipe/docker_engine" },
    ],
    [
      "DOCKER_HOST",
      {},
      { env: { DOCKER_HOST: "unix:///x.sock" } },
      { kind: "socket", path: "/x.sock" },
    ],
    [
      "the configuration before DOCKER_HOST",
      { host: "unix:///y.sock" },
      { env: { DOCKER_HOST: "unix:///x.sock" } },
      { kind: "socket", path: "/y.sock" },
    ],
    ["plain TCP", { host: "tcp://h:1" }, {}, { kind: "tcp", host: "h", port: 1, tls: undefined }],
    [
      "plain TCP without a port",
      { host: "tcp://h" },
      {},
      { kind: "tcp", host: "h", port: 2375, tls: undefined },
    ],
    [
      "TLS from a folder",
      { host: "tcp://h", certPath: "/certs" },
      {},
      { kind: "tcp", host: "h", port: 2376, tls: { folder: "/certs" } },
    ],
    [
      "TLS from values",
      { host: "tcp://h:9", caMaterial: "a", certMaterial: "b", keyMaterial: "c" },
      {},
      { kind: "tcp", host: "h", port: 9, tls: { ca: "a", cert: "b", key: "c" } },
    ],
    [
      "TLS from the environment",
      {},
      { env: { DOCKER_HOST: "tcp://h", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" } },
      { kind: "tcp", host: "h", port: 2376, tls: { folder: "/c" } },
    ],
    [
      "no TLS of the environment for a configured host",
      { host: "tcp://h" },
      { env: { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" } },
      { kind: "tcp", host: "h", port: 2375, tls: undefined },
    ],
    [
      "SSH",
      { host: "ssh://u@h:22", sshOpts: '["-o","A=b"]' },
      {},
      { kind: "ssh", destination: "u@h", port: "22", options: ["-o", "A=b"] },
    ],
  ])("finds %s", (_name, config, surroundings, endpoint) => {
    expect(resolveEndpoint(config, { ...SURROUNDINGS, ...surroundings })).toEqual(endpoint);
  });

  test.each<[Properties, string]>([
    [
      { host: "banana" },
      'docker:host is "banana"; it must begin with unix://, npipe://, tcp:// or ssh://',
    ],
    [
      { host: "tcp://h", certMaterial: "b" },
      "docker:caMaterial, docker:certMaterial and docker:keyMaterial belong together",
    ],
    [{ host: "https://h" }, "there are no certificates: set docker:certPath"],
  ])("refuses %j", (config, message) => {
    expect(() => resolveEndpoint(config, SURROUNDINGS)).toThrow(message);
  });
});

test.each<[Endpoint, string]>([
  [{ kind: "socket", path: "/x.sock" }, "unix:///x.sock"],
  [{ kind: "tcp", host: "h", port: 1, tls: undefined }, "tcp://h:1"],
  [{ kind: "ssh", destination: "u@h", port: "", options: [] }, "ssh://u@h"],
])("describes %j as %s", (endpoint, text) => {
  expect(describeEndpoint(endpoint)).toBe(text);
});

test("calls ssh the way the docker command does", () => {
  const args = sshArguments({
    kind: "ssh",
    destination: "u@h",
    port: "2222",
    options: ["-o", "A=b"],
  });
  expect(args.join(" ")).toBe(
    "-o A=b -p 2222 -o BatchMode=yes -o ConnectTimeout=30 -T -- u@h docker system dial-stdio",
  );
});

test("reads structured values, which come as JSON", () => {
  expect([
    configList('[{"a":1}]'),
    configList(["x"]),
    configList(undefined),
    configList("3"),
  ]).toEqual([[{ a: 1 }], ["x"], [], []]);
});
