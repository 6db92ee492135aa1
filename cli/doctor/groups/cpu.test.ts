import { checkGroup } from "../testing/check-group.ts";
import { healthyFacts, withInfo } from "../testing/facts.ts";
import { cpu } from "./cpu.ts";

checkGroup(cpu, [
  { kind: "fits", facts: healthyFacts(), message: "limits add up to 5 of 8 CPUs" },
  {
    kind: "sum",
    facts: withInfo(healthyFacts({ limits: { redis: { cpus: 0.7 } } }), { cpus: 4 }),
    message:
      "The CPU limits of 10 containers add up to 5.2 CPUs; the engine has 4. Under full load they wait for each other.",
    remedy:
      "Nothing need be done; astratrade:limits.<container>.cpus in Pulumi.dev.yaml lowers a limit.",
  },
  {
    kind: "container",
    facts: withInfo(healthyFacts({ limits: { trading: { cpus: 3 } } }), { cpus: 2 }),
    subject: "trading-service",
    message: "trading-service may use 3 CPUs; the engine has 2 and refuses more.",
    remedy: "Set astratrade:limits.trading.cpus in Pulumi.dev.yaml to 2 or less.",
  },
]);
