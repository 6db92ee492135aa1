import type { z } from "zod";
import type { Deployment } from "../../catalog/deployment.ts";
import { gatewayHealthSchema, paths, servicesAnswerSchema } from "../../catalog/endpoints.ts";
import { parts } from "../../catalog/parts.ts";
import type { GatewayFacts, HttpAnswer } from "../evidence.ts";
import { answerText } from "./answers.ts";
import { defineCheck, equal, verdict, type Check, type Outcome } from "./check.ts";
import { list } from "./naming.ts";
import { inner, section, type Reader } from "./reader.ts";

/** The plan's list, first part: the image is complete, the gateway is there and knows its services. */
export function planGatewayChecks(deployment: Deployment): Check[] {
  const { gatewayUrl, services } = deployment;
  const gateway = deployment.containers.find(({ role }) => role === "gateway");
  const name = gateway?.name ?? parts.gateway.containerName;
  const curl = (path: string) => `\`curl -i ${gatewayUrl}${path}\` repeats it`;
  const logs = `\`docker logs --tail 50 ${name}\` says what is wrong`;
  return [
    defineCheck({
      id: "plan.image",
      group: "plan",
      severity: "blocker",
      title: "The runtime image has all that gateway and services need",
      failureTitle: "The runtime image lacks something that gateway or services need",
      why: "A program that lacks a module ends when it first needs it, which may be in the middle of a trade.",
      remedy:
        "`npm run up` builds the image again; evidence.json has, under selfCheck, image and command to repeat it by hand.",
      reads: section("selfCheck"),
      // Its word is asked for too: another program in its place may well end with 0.
      judge: ({ exitCode, output }) =>
        verdict(exitCode === 0 && /can be loaded$/m.test(output), {
          expected: "exit code 0, all can be loaded",
          actual: `exit code ${exitCode}: ${output === "" ? "no word" : output}`,
        }),
    }),
    defineCheck({
      id: "plan.gateway",
      group: "plan",
      severity: "blocker",
      title: `The gateway answers at ${gatewayUrl}`,
      failureTitle: `The gateway does not answer at ${gatewayUrl}`,
      why: "It is the only way in for users.",
      remedy: `${curl(paths.health)}; ${logs}.`,
      settles: true,
      reads: page("health"),
      judge: (answer) => equal(answerText(answer), "200"),
    }),
    defineCheck({
      id: "plan.health",
      group: "plan",
      severity: "blocker",
      title: `${paths.health} says that all is well`,
      failureTitle: `${paths.health} does not say that all is well`,
      why: "Load balancers and people decide by it.",
      remedy: `${curl(paths.health)} and names what is away; ${logs}.`,
      settles: true,
      reads: page("health"),
      judge: (answer) => parsed(answer, gatewayHealthSchema, "healthy", judgeHealth),
    }),
    defineCheck({
      id: "plan.services",
      group: "plan",
      severity: "blocker",
      title: `${paths.services} shows registered services`,
      failureTitle: `${paths.services} shows no registered service`,
      why: "The gateway sends requests to registered instances only.",
      remedy: `${curl(paths.services)}; ${logs}.`,
      settles: true,
      reads: page("services"),
      judge: (answer) =>
        parsed(answer, servicesAnswerSchema, "at least one service", (page) => {
          const registered = registeredServices(page);
          return verdict(registered.length > 0, {
            expected: "at least one service",
            actual: list(registered),
          });
        }),
    }),
    defineCheck({
      id: "plan.all-services",
      group: "plan",
      severity: "major",
      title: `All ${services.length} services are registered and healthy, with every instance`,
      failureTitle: "Not all services are registered and healthy, with every instance",
      why: "An instance that is not registered gets no requests, however well it runs.",
      remedy: `${curl(paths.services)}; \`docker logs --tail 50 <container>\` of one that is missing says why.`,
      settles: true,
      reads: page("services"),
      judge: (answer) => {
        const expected = list(services.map((service) => service.name).sort());
        return parsed(answer, servicesAnswerSchema, expected, (page) =>
          equal(list(registeredWhole(services, page).sort()), expected),
        );
      },
    }),
    defineCheck({
      id: "plan.circuit-breakers",
      group: "plan",
      severity: "major",
      title: "Every service has a circuit breaker, and it is closed",
      failureTitle: "Not every service has a circuit breaker that is closed",
      why: "An open one keeps every request from its service; a missing one lets a failing service hold up all others.",
      remedy: `${curl(paths.services)} and says why; ${logs}. It closes by itself when the service answers again.`,
      settles: true,
      notApplicable: gateway?.adminPort == null ? "this release shows no breakers" : undefined,
      reads: page("services"),
      judge: (answer) => {
        const expected = `${services.length} closed`;
        return parsed(answer, servicesAnswerSchema, expected, (page) => {
          const problems = services.flatMap(({ name }) => breakerProblem(name, page));
          return equal(problems.length === 0 ? expected : list(problems), expected);
        });
      },
    }),
  ];
}

/** @returns nothing, or what is wrong with a service's breaker */
function breakerProblem(name: string, page: z.infer<typeof servicesAnswerSchema>): string[] {
  const breaker = page.services[name]?.breaker;
  if (breaker === undefined) return [`${name} has none`];
  const { state, reason } = breaker;
  return state === "closed" ? [] : [`${name} ${state}${reason === null ? "" : ` (${reason})`}`];
}

function page(name: "health" | "services"): Reader<HttpAnswer> {
  return inner(section("gateway"), (gateway: GatewayFacts) => gateway[name]);
}

function judgeHealth({ status, dependencies }: z.infer<typeof gatewayHealthSchema>): Outcome {
  const away = Object.entries(dependencies.services)
    .filter(([, state]) => state !== "healthy")
    .map(([name]) => name);
  if (dependencies.redis.status !== "up") away.push("redis");
  return equal(away.length === 0 ? status : `${status}; away: ${away.join(", ")}`, "healthy");
}

/** Names of the services with a healthy instance that Redis knows of: a seed is no registration. */
function registeredServices({
  registry,
  services,
}: z.infer<typeof servicesAnswerSchema>): string[] {
  if (registry.source === "seed") return [];
  return Object.entries(services)
    .filter(([, { instances }]) => instances.some(({ status }) => status === "healthy"))
    .map(([name]) => name);
}

/** The registered services, each with the instances that the gateway does not know, or takes for gone. */
function registeredWhole(
  decided: Deployment["services"],
  page: z.infer<typeof servicesAnswerSchema>,
): string[] {
  return registeredServices(page).map((name) => {
    const known = page.services[name]?.instances.filter(({ status }) => status === "healthy") ?? [];
    const missing = (decided.find((service) => service.name === name)?.instances ?? []).filter(
      (instance) => !known.some(({ id }) => id === instance),
    );
    return missing.length === 0 ? name : `${name} without ${missing.join(" and ")}`;
  });
}

/** Judges the content of a page, or says that it is not the page. */
function parsed<T>(
  answer: HttpAnswer,
  schema: z.ZodType<T>,
  expected: string,
  judge: (page: T) => Outcome,
): Outcome {
  if (answer.status !== 200) return { status: "fail", expected, actual: answerText(answer) };
  const result = schema.safeParse(answer.json);
  if (result.success) return judge(result.data);
  const [issue] = result.error.issues;
  const where = issue?.path.join(".") ?? "";
  const actual = `the body is not as agreed: ${where === "" ? "the whole" : where}: ${issue?.message ?? ""}`;
  return { status: "fail", expected, actual };
}
