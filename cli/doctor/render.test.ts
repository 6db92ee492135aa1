import { expect, test } from "vitest";
import { examine } from "./examine.ts";
import { renderFindings, renderJson } from "./render.ts";
import { healthyFacts, withHost, withInfo } from "./testing/facts.ts";

const taken = { port: 8000, bind: "taken", process: { name: "node", pid: 4711 } } as const;
const facts = withHost(withInfo(healthyFacts(), { cpus: 4, liveRestore: false }), {
  ports: [{ ...taken, free: 18_000 }],
});

test("refusals first, remedies under them, and what is in order as one line a group", () => {
  expect(renderFindings("dev", examine(facts), 97)).toBe(`Refused
  ports.process        Host port 8000 of api-gateway is taken by the process node (pid 4711).
                     → Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port, such as
                       18000. Or end the process: kill 4711

Warnings
  cpu.sum              The CPU limits of 10 containers add up to 5 CPUs; the engine has 4. Under
                       full load they wait for each other.
                     → Nothing need be done; astratrade:limits.<container>.cpus in
                       Pulumi.dev.yaml lowers a limit.

To know
  engine.live-restore  Containers stop while the engine restarts (live-restore is off).
                     → Set "live-restore": true in the engine's daemon.json to keep them running.

In order
  engine               Docker 28.5.1 at unix:///var/run/docker.sock, API 1.51, linux/amd64,
                       overlay2, cgroup v2; limits of memory, swap and CPU work
  memory               limits add up to 5120 MiB of 16384 MiB
  disk                 75.0 GiB free for the engine's data, the home folder and the clone
                       (/var/lib/docker)
  names                20 names free or this stack's own
  networks             30 networks free in the engine's pools, 8 wanted
  toolchain            Node 24.21.0; Pulumi CLI 3.274.1 (official), language host 3.270.0 (our
                       own), plugin docker 5.2.0 (official) and plugin random 4.21.2 (official)
  images               node 24 (official), redis 7.2 (official), prometheus 3.5.0 (official) and
                       grafana 12.1.1 (official) at hand
  state                home /home/kim/.astratrade in order, state in /home/kim/.astratrade/state;
                       the engine's clock agrees with this machine's
  data                 no data yet that has a version

Stack "dev" cannot be deployed as things are: 1 refused, 1 warning, 1 to know, 12 in order.
`);
});

test("as JSON, everything", () => {
  const findings = examine(facts);
  const document = JSON.parse(
    renderJson(facts, findings, new Date("2026-01-02T03:04:05Z")),
  ) as unknown;
  expect(document).toEqual({
    schemaVersion: 1,
    stack: "dev",
    checkedAt: "2026-01-02T03:04:05.000Z",
    engine: { host: "unix:///var/run/docker.sock", version: "28.5.1", apiVersion: "1.51" },
    summary: { refusal: 1, warning: 1, info: 1, passed: 12 },
    findings,
  });
});

test("no engine is null, not an empty object", () => {
  const away = {
    ...facts,
    engine: { answers: false as const, attempts: [], upWill: null },
  };
  expect(JSON.parse(renderJson(away, examine(away), new Date()))).toMatchObject({ engine: null });
});
