import { describe, expect, it, vi } from "vitest";
import { connectEngine } from "./connect.ts";

interface Modem {
  socketPath?: string;
  host?: string;
  port?: string;
  protocol: string;
  username?: string;
}

const modemOf = (host: string): Modem => connectEngine(host).modem as unknown as Modem;

describe("connectEngine", () => {
  it("opens a socket", () => {
    expect(modemOf("unix:///run/user/1000/docker.sock")).toMatchObject({
      socketPath: "/run/user/1000/docker.sock",
      host: undefined,
    });
  });

  it("is not led astray by DOCKER_HOST", () => {
    vi.stubEnv("DOCKER_HOST", "tcp://203.0.113.1:2375");
    try {
      expect(modemOf("unix:///var/run/docker.sock")).toMatchObject({
        host: undefined,
        socketPath: "/var/run/docker.sock",
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    ["tcp://192.0.2.7:2375", { protocol: "http", host: "192.0.2.7", port: "2375" }],
    ["tcp://192.0.2.7", { protocol: "http", host: "192.0.2.7", port: "2375" }],
    ["https://engine.example:2376", { protocol: "https", host: "engine.example", port: "2376" }],
    ["ssh://ops@engine.example", { protocol: "ssh", username: "ops", port: "22" }],
  ])("reads %s", (host, expected) => {
    expect(modemOf(host)).toMatchObject(expected);
  });

  it.each(["", "docker.sock", "ftp://engine.example"])("refuses %j", (host) => {
    expect(() => connectEngine(host)).toThrow(`endpoint "${host}" has no known form`);
  });
});
