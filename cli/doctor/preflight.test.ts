import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { resolvePaths } from "../paths.ts";
import { gatherFacts } from "./gather-facts.ts";
import { preflight, requirePreflight, requirePreflightAfterSetUp } from "./preflight.ts";
import { container, healthyFacts, machineFacts, withEngine, withHost } from "./testing/facts.ts";

vi.mock("./gather-facts.ts");

const healthy = healthyFacts();
/** What a machine that is short of memory warns of, with other figures at each look. */
const short = (availableMib: number) => ({
  ...healthy,
  memory: { availableBytes: availableMib * 1024 ** 2 },
});
const warning = (availableMib: number) =>
  `warning: ${availableMib} MiB of memory are free; to deploy and to start 10 containers takes about 1152 MiB. ` +
  "Stop something else on this machine first.\n";
const redisTaken = (facts = healthy) =>
  withEngine(facts, { containers: [container("redis", { running: false })] });
const nameRefusal =
  "  - The name redis is taken by a container that is not this stack's.\n" +
  "    Set astratrade:containerPrefix in Pulumi.dev.yaml, or rename the other: docker rename redis redis-old";
const refused = 'Stack "dev" cannot be deployed as things are; nothing was deployed:\n';

const input = {
  stack: "dev",
  config: healthy.config,
  paths: resolvePaths({ env: { ASTRATRADE_HOME: "/nobody/has/this" } }),
};

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.mocked(gatherFacts).mockReset();
});

/** What each look finds, one after the other. */
function look(...facts: readonly (typeof healthy)[]): void {
  for (const it of facts) vi.mocked(gatherFacts).mockResolvedValueOnce(it);
}
const looks = () =>
  vi.mocked(gatherFacts).mock.calls.map(([{ thorough, lock }]) => [thorough, lock]);

test("every refusal is said at once, after the warnings; what set-up mends is left to it", async () => {
  const { images } = machineFacts();
  const taken = withHost(redisTaken(short(1000)), {
    ports: [{ port: 8000, bind: "taken", process: { name: "node", pid: 4711 }, free: null }],
  });
  look({
    ...taken,
    machine: machineFacts({ images: { ...images, redis: { kind: "unavailable", reason: "No." } } }),
    toolchain: {
      ...healthy.toolchain,
      programs: [{ name: "language host", path: "/cache/bin/host", isThere: false }],
    },
  });
  await expect(requirePreflight(input)).rejects.toMatchObject({
    exitCode: 1,
    message:
      `${refused}  - Host port 8000 of api-gateway is taken by the process node (pid 4711).\n` +
      "    Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port. Or end the process: kill 4711\n" +
      nameRefusal,
  });
  expect(said.join("")).toBe(warning(1000));
});

test("a deploy, which has the lock itself, looks at no lock and waits for no registry; doctor does", async () => {
  look(healthy, redisTaken());
  await requirePreflight(input);
  const { findings } = await preflight(input);
  expect(looks()).toEqual([
    [false, false],
    [true, true],
  ]);
  // It reports what it finds, and refuses nothing.
  expect(findings.filter(({ severity }) => severity === "refusal").map(({ id }) => id)).toEqual([
    "names.container",
  ]);
});

test("on a machine that was ready there is nothing to look at again", async () => {
  look(healthy);
  await requirePreflightAfterSetUp(await requirePreflight(input), machineFacts());
  expect(looks()).toHaveLength(1);
});

test.each([
  [
    "set-up has found something else",
    short(1000),
    machineFacts({ checkedAt: "2026-01-02T03:04:05.000Z" }),
  ],
  [
    "set-up has started the engine",
    { ...short(1000), engine: { answers: false, attempts: [], upWill: "start" } as const },
    machineFacts(),
  ],
])(
  "where %s, the second look refuses too, and repeats no warning",
  async (_case, first, machine) => {
    look(first, redisTaken(short(900)));
    const before = await requirePreflight(input);
    said = [];
    await expect(requirePreflightAfterSetUp(before, machine)).rejects.toThrow(
      refused + nameRefusal,
    );
    expect(said.join("")).toBe(first.engine.answers ? "" : warning(900));
  },
);
