import { expect, test } from "vitest";
import type { Facts, PortLook } from "../facts.ts";
import { checkGroup } from "../testing/check-group.ts";
import { container, healthyFacts, withEngine, withHost, withInfo } from "../testing/facts.ts";
import { ports } from "./ports.ts";

const facts = healthyFacts();
const taken: PortLook = { port: 8000, bind: "taken", process: null, free: 18_000 };
const withPort = (look: Partial<PortLook>, base: Facts = facts) =>
  withHost(base, { ports: [{ ...taken, ...look }] });
const publishing = (ip: string, change = {}) => ({
  containers: [container("shop-web", { ports: [{ ip, port: 8000 }], ...change })],
});

checkGroup(ports, [
  { kind: "free", facts, message: "10 host ports on 127.0.0.1 free or this stack's own" },
  {
    kind: "unreachable",
    facts: withEngine(facts, { host: "tcp://engine.example:2376" }),
    subject: "127.0.0.1",
    message:
      "Ports are to be bound to 127.0.0.1 of engine.example, which only that machine reaches; the platform could be neither used nor validated from here.",
    remedy:
      "Set astratrade:bindAddress in Pulumi.dev.yaml to an address of engine.example, or to 0.0.0.0 for all. Or reach the engine by ssh, which leads to its loopback too.",
  },
  {
    kind: "free",
    facts: withEngine(facts, { host: "ssh://deploy@engine.example" }),
    message: "10 host ports on 127.0.0.1 free or this stack's own",
  },
  {
    kind: "container",
    facts: withEngine(withPort({}), publishing("0.0.0.0", { composeProject: "shop" })),
    subject: "8000",
    message:
      "Host port 8000 of api-gateway is taken by the container shop-web of the Compose project shop.",
    remedy:
      "Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port, such as 18000. Or stop the other: docker stop shop-web",
  },
  {
    kind: "container",
    facts: withEngine(facts, publishing("127.0.0.1", { stack: "staging" })),
    subject: "8000",
    message: 'Host port 8000 of api-gateway is taken by the container shop-web of stack "staging".',
    remedy:
      "Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port. Or stop the other: docker stop shop-web",
  },
  {
    kind: "process",
    facts: withPort({ process: { name: "node", pid: 4711 } }),
    subject: "8000",
    message: "Host port 8000 of api-gateway is taken by the process node (pid 4711).",
    remedy:
      "Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port, such as 18000. Or end the process: kill 4711",
  },
  {
    kind: "process",
    facts: withPort({ free: null }),
    subject: "8000",
    message:
      "Host port 8000 of api-gateway is taken by a process that cannot be named without more rights.",
    remedy:
      "Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port. Or find it as root: ss -ltnp 'sport = :8000'",
  },
  {
    kind: "moves",
    facts: withEngine(healthyFacts({ ports: { trading: 8000, gateway: 8080 } }), {
      containers: [
        container("api-gateway", {
          stack: "dev",
          service: "gateway",
          ports: [{ ip: "127.0.0.1", port: 8000 }],
        }),
      ],
    }),
    subject: "8000",
    message:
      "Host port 8000 goes from api-gateway to trading-service; the second cannot start before the first has let go of it.",
    remedy:
      "If the deploy fails on it, run `npm run up` again, or set astratrade:ports.trading in Pulumi.dev.yaml to a free port.",
  },
  {
    kind: "address",
    facts: withHost(healthyFacts({ bindAddress: "10.1.2.3" }, "qa"), { hasBindAddress: false }),
    subject: "10.1.2.3",
    message:
      "Ports are to be bound to 10.1.2.3, which this machine does not have; it has 127.0.0.1 and 192.0.2.10.",
    remedy: "Set astratrade:bindAddress in Pulumi.qa.yaml to one of them, or to 0.0.0.0 for all.",
  },
  {
    kind: "privileged",
    facts: withInfo(healthyFacts({ publish: "entry", ports: { gateway: 443 } }), {
      rootless: true,
    }),
    subject: "443",
    message:
      "Host port 443 of api-gateway is below 1024, which a rootless engine may not publish unless the kernel is told so.",
    remedy:
      "Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port. Or allow it: sysctl -w net.ipv4.ip_unprivileged_port_start=443",
  },
  {
    kind: "not-looked-at",
    facts: withHost(facts, { sharesPorts: false, hasBindAddress: null }),
    message:
      "The engine at unix:///var/run/docker.sock publishes ports on another machine: which processes listen there was not looked at.",
    remedy: "Look there: ss -ltn",
  },
]);

test.each([
  ["another address of the host", publishing("192.0.2.10")],
  ["a container that does not run", publishing("127.0.0.1", { running: false })],
  ["the stack's own container", publishing("127.0.0.1", { name: "api-gateway", stack: "dev" })],
])("%s does not take a port away", (_case, change) => {
  expect(ports.examine(withEngine(facts, change)).map(({ id }) => id)).toEqual(["ports.free"]);
});

test.each([
  ["a gateway to the entry before two", { gateway: 2 }, "api-gateway", "gateway", 8000],
  ["the entry to a single gateway", {}, "entry", "entry", 8000],
  ["a single replica to the first of two", { trading: 2 }, "trading-service", "trading", 8001],
  ["the first of two replicas to a single one", {}, "trading-service-1", "trading", 8001],
])("a port that goes from %s is let go of in time", (_case, replicas, name, service, port) => {
  const holder = { stack: "dev", service, ports: [{ ip: "127.0.0.1", port }] };
  const look = withEngine(healthyFacts({ replicas }), { containers: [container(name, holder)] });
  expect(ports.examine(look).map(({ id }) => id)).toEqual(["ports.free"]);
});

test("what stands before several gateways has the gateway's setting", () => {
  const several = withPort({}, healthyFacts({ publish: "entry", replicas: { gateway: 2 } }));
  const [finding] = ports.examine(several);
  expect(finding?.remedy).toBe(
    "Set astratrade:ports.gateway in Pulumi.dev.yaml to a free port, such as 18000. Or find it as root: ss -ltnp 'sport = :8000'",
  );
});

test("a port below 1024 that only root may try is not refused", () => {
  const entry = healthyFacts({ publish: "entry", ports: { gateway: 443 } });
  const look = withHost(entry, {
    ports: [{ port: 443, bind: "not-allowed", process: null, free: null }],
  });
  expect(ports.examine(look).map(({ id }) => id)).toEqual(["ports.free"]);
});
