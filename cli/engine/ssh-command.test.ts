import { describe, expect, test } from "vitest";
import { explainSsh, sshArguments } from "./ssh-command.ts";

const always = [
  ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=10"],
  ...["-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3", "-T", "--"],
];

describe("sshArguments", () => {
  test.each([
    ["ssh://prod", [...always, "prod"]],
    ["ssh://deploy@prod.example:2222", ["-p", "2222", ...always, "deploy@prod.example"]],
    ["ssh://a%40b@prod", [...always, "a@b@prod"]],
    // A name that begins with a hyphen is no option.
    ["ssh://-oProxyCommand=x", [...always, "-oProxyCommand=x"]],
  ])("of %s", (host, expected) => {
    expect(sshArguments(host)).toEqual(expected);
  });

  test("further options come first", () => {
    expect(sshArguments("ssh://prod", ["-L", "a:b"])).toEqual(["-L", "a:b", ...always, "prod"]);
  });
});

describe("explainSsh", () => {
  const host = "ssh://deploy@prod:2222";
  test.each([
    [
      "Host key verification failed.",
      "Host key verification failed.; its key is not known here: `ssh -p 2222 deploy@prod` asks about it once",
    ],
    [
      "deploy@prod: Permission denied (publickey).",
      "deploy@prod: Permission denied (publickey).; `ssh -p 2222 deploy@prod` has to work without a password: put a key there (ssh-copy-id)",
    ],
    [
      "sh: 1: docker: not found",
      "sh: 1: docker: not found; Docker's client has to be on that machine too: it connects to the engine there",
    ],
    [
      "connect to host prod port 2222: No route to host",
      "connect to host prod port 2222: No route to host",
    ],
    ["", ""],
  ])("of %j", (complaint, expected) => {
    expect(explainSsh(host, complaint)).toBe(expected);
  });
});
