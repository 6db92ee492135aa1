import { expect, test } from "vitest";
import type { Finding } from "./finding.ts";
import { isMendedBySetUp } from "./examine.ts";
import { refuse, warningLines } from "./verdict.ts";

const port: Finding = {
  id: "ports.process",
  severity: "refusal",
  subject: "8000",
  message: "Host port 8000 of api-gateway is taken.",
  remedy: "Set astratrade:ports.gateway.",
};
const sum: Finding = {
  ...port,
  id: "memory.sum",
  subject: null,
  message: "Too much.",
  remedy: null,
};
const low: Finding = {
  id: "disk.low",
  severity: "warning",
  subject: "/var/lib/docker",
  message: "4.2 GiB are free.",
  remedy: "Free some.",
};

test("every refusal is said at once, each with its remedy", () => {
  expect(() => refuse("dev", [port, low, sum])).toThrow(
    expect.objectContaining({
      exitCode: 1,
      message:
        'Stack "dev" cannot be deployed as things are; nothing was deployed:\n' +
        "  - Host port 8000 of api-gateway is taken.\n    Set astratrade:ports.gateway.\n" +
        "  - Too much.",
    }) as Error,
  );
});

test("an engine that is away has its own exit code", () => {
  expect(() => refuse("dev", [{ ...sum, id: "engine.away" }])).toThrow(
    expect.objectContaining({ exitCode: 3 }) as Error,
  );
});

test("without a refusal nothing is ended", () => {
  expect(() => refuse("dev", [low, { ...low, severity: "info" }])).not.toThrow();
});

test("warnings are a line each, and said once, whatever their figures have become", () => {
  const other = { ...low, subject: "/home" };
  expect(warningLines([port, low, { ...low, severity: "info" }])).toBe(
    "warning: 4.2 GiB are free. Free some.\n",
  );
  expect(warningLines([{ ...low, message: "4.1 GiB are free." }, other], [low])).toBe(
    "warning: 4.2 GiB are free. Free some.\n",
  );
});

test.each([
  ["toolchain.missing", true],
  ["images.required", true],
  ["images.cannot-pull", false],
  ["ports.process", false],
])("set-up mends %s: %s", (id, isMended) => {
  expect(isMendedBySetUp({ id })).toBe(isMended);
});
