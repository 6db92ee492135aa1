import { describe, expect, test } from "vitest";
import { isLoopback, machineOf, publishedAt } from "./engine-machine.ts";

describe("machineOf", () => {
  test.each([
    ["unix:///var/run/docker.sock", null],
    ["npipe:////./pipe/docker_engine", null],
    ["tcp://127.0.0.1:2375", null],
    ["tcp://127.0.1.1:2375", null],
    ["tcp://localhost:2376", null],
    ["tcp://[::1]:2375", null],
    ["tcp://10.0.0.7:2376", "10.0.0.7"],
    ["https://engine.example:2376", "engine.example"],
    ["ssh://deploy@prod.example:2222", "prod.example"],
    ["ssh://prod", "prod"],
  ])("%s is on %s", (host, machine) => {
    expect(machineOf(host)).toBe(machine);
  });
});

describe("isLoopback", () => {
  test.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["localhost", true],
    ["[::1]", true],
    ["0.0.0.0", false],
    ["10.127.0.1", false],
    ["127.0.0.1.example", false],
  ])("%s: %s", (address, isIt) => {
    expect(isLoopback(address)).toBe(isIt);
  });
});

describe("publishedAt", () => {
  test.each([
    ["0.0.0.0", "unix:///var/run/docker.sock", "127.0.0.1"],
    ["0.0.0.0", "ssh://deploy@prod.example", "prod.example"],
    ["127.0.0.1", "ssh://deploy@prod.example", "127.0.0.1"],
    ["10.0.0.7", "tcp://10.0.0.7:2376", "10.0.0.7"],
  ])("a port on %s of %s is asked for at %s", (ip, host, at) => {
    expect(publishedAt(ip, host)).toBe(at);
  });
});
