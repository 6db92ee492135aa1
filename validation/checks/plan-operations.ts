import type { Deployment } from "../../catalog/deployment.ts";
import { paths } from "../../catalog/endpoints.ts";
import { gatewayAdmin } from "../../catalog/parts.ts";
import type { CgroupFacts, LoadFacts, PrometheusFacts } from "../evidence.ts";
import { answerText } from "./answers.ts";
import { defineCheck, equal, verdict, type Check, type Outcome } from "./check.ts";
import { absence, list } from "./naming.ts";
import { all, inner, section } from "./reader.ts";

/** From the plan: 95 of 100 answers come within this time. */
const p95LimitMs = 100;

/** Series of a gateway, with everything in use. */
const mostSeries = 2000;

/** Share of its memory limit above which a container may soon be killed. */
const memoryShareLimit = 0.9;

/** The plan's list, third part: it is quick, it is watched, and it stays within its limits. */
export function planOperationsChecks(deployment: Deployment): Check[] {
  const { gatewayUrl, prometheusUrl, grafanaUrl, authMode } = deployment;
  const nameOf = (role: string) =>
    deployment.containers.find((it) => it.role === role)?.name ?? role;
  return [
    defineCheck({
      id: "plan.performance",
      group: "plan",
      severity: "major",
      title: `95 of 100 answers come within ${p95LimitMs} ms`,
      failureTitle: `More than 5 of 100 answers take longer than ${p95LimitMs} ms`,
      why: "A trade at yesterday's price is a complaint today.",
      remedy: `\`ab -n 1000 -c 50 ${gatewayUrl}${paths.health}\` measures it longer; \`docker stats\` shows whether ${nameOf("gateway")} is at its CPU limit.`,
      settles: true,
      reads: section("load"),
      judge: judgeLoad,
    }),
    defineCheck({
      id: "plan.metrics",
      group: "plan",
      severity: "major",
      title: "The gateway exports metrics for Prometheus",
      failureTitle: "The gateway exports no metrics for Prometheus",
      why: "What is not measured is noticed when users complain.",
      remedy: `\`curl ${gatewayUrl}${paths.metrics}\` has to show samples in Prometheus' text format.`,
      settles: true,
      // Who is not an operator must not see them there; the targets below prove that Prometheus does.
      notApplicable: authMode === "jwt" ? "served on the admin port only" : undefined,
      reads: inner(section("gateway"), ({ metrics }) => metrics),
      judge: ({ status, samples, contentType }) => {
        const text = status === 0 ? "no answer" : `${status} ${contentType}, ${samples} samples`;
        return verdict(status === 200 && samples > 0, {
          expected: "200 with samples",
          actual: text,
        });
      },
    }),
    defineCheck({
      id: "plan.series",
      group: "plan",
      severity: "minor",
      title: `The gateway exports fewer than ${mostSeries} series`,
      failureTitle: `The gateway exports ${mostSeries} series or more`,
      why: "Each scrape stops the gateway for as long as it takes to write them all out.",
      remedy: `\`curl -s ${gatewayUrl}${paths.metrics} | cut -d'{' -f1 | sort | uniq -c | sort -n\` shows which metric has so many; a label of it takes values without bound.`,
      settles: true,
      notApplicable: authMode === "jwt" ? "served on the admin port only" : undefined,
      reads: inner(section("gateway"), ({ metrics }) => metrics),
      judge: ({ samples }) =>
        verdict(samples < mostSeries, { expected: `below ${mostSeries}`, actual: samples }),
    }),
    defineCheck({
      id: "plan.targets",
      group: "plan",
      severity: "major",
      title: "Prometheus reaches everything it is to watch",
      failureTitle: "Prometheus does not reach everything it is to watch",
      why: "A target that is down has no metrics and raises no alert.",
      remedy: `${prometheusUrl === null ? "" : `${prometheusUrl}/targets shows the reason of each; `}\`docker logs --tail 50 ${nameOf("prometheus")}\` whether it is Prometheus itself.`,
      settles: true,
      notApplicable: absence(deployment, "prometheus"),
      reads: section("prometheus"),
      judge: (facts) => judgeTargets(watchedContainers(deployment), facts),
    }),
    defineCheck({
      id: "plan.grafana",
      group: "plan",
      severity: "major",
      title: "Grafana is well",
      failureTitle: "Grafana is not well",
      why: "Dashboards are where people look first.",
      remedy: `\`docker logs --tail 50 ${nameOf("grafana")}\` says what is wrong.`,
      settles: true,
      notApplicable:
        absence(deployment, "grafana") ??
        (grafanaUrl === null ? "Grafana is not published on this stack" : undefined),
      reads: section("grafana"),
      judge: (answer) => equal(answerText(answer), "200"),
    }),
    defineCheck({
      id: "plan.resources",
      group: "plan",
      severity: "minor",
      title: "Every container has memory to spare",
      failureTitle: "A container is close to its memory limit",
      why: "At the limit the kernel ends the process.",
      remedy:
        "`docker stats --no-stream` shows all of them; give the container more in the catalogue, or find what grows.",
      reads: all(
        "cgroups",
        deployment.containers.map(({ name }) => name),
      ),
      judge: (cgroups) => judgeMemory(deployment, cgroups),
    }),
  ];
}

/** Every answer counts, and the best round's times do: what else the machine does can only add to them. */
function judgeLoad({ requests, rounds }: LoadFacts): Outcome {
  const failures = rounds.reduce((all, round) => all + round.failures, 0);
  if (failures > 0) {
    const expected = `${rounds.length * requests} answers of 200`;
    return { status: "fail", expected, actual: `${failures} were not` };
  }
  const [best] = [...rounds].sort((a, b) => a.p95Ms - b.p95Ms);
  if (best === undefined) return { status: "error", reason: "no round was made" };
  const { p50Ms, p95Ms, maxMs } = best;
  return verdict(p95Ms < p95LimitMs, {
    expected: `p95 below ${p95LimitMs} ms`,
    actual: `p95 ${p95Ms} ms, p50 ${p50Ms} ms, slowest ${maxMs} ms (best of ${rounds.length} × ${requests})`,
  });
}

/** Containers that are scraped, each with the host it is scraped at: a gateway at its admin port, where it has one. */
function watchedContainers({ containers }: Deployment): { name: string; host: string }[] {
  return containers
    .filter(({ role }) => role === "gateway" || role === "service" || role === "entry")
    .map(({ name, adminPort }) => ({
      name,
      host: adminPort === null ? name : gatewayAdmin.host(name),
    }));
}

function judgeTargets(
  watched: readonly { readonly name: string; readonly host: string }[],
  { ready, targets }: PrometheusFacts,
): Outcome {
  const expected = `${watched.length} containers up`;
  if (!ready) return { status: "fail", expected, actual: "Prometheus is not ready" };
  const down = targets
    .filter(({ health }) => health !== "up")
    .map(({ instance, health, lastError }) =>
      lastError === ""
        ? `${instance} ${health}`
        : `${instance} ${health} (${lastError.slice(0, 100)})`,
    );
  const missing = watched
    .filter(({ host }) => !targets.some(({ instance }) => hostOf(instance) === host))
    .map(({ name }) => `${name} not watched`);
  const problems = [...missing, ...down];
  return verdict(problems.length === 0, {
    expected,
    actual: problems.length === 0 ? `${targets.length} targets up` : list(problems),
  });
}

function hostOf(instance: string): string {
  return instance.replace(/:\d+$/, "");
}

function judgeMemory(
  deployment: Deployment,
  cgroups: Readonly<Record<string, CgroupFacts>>,
): Outcome {
  const shares = deployment.containers
    .map(({ name, limits }) => {
      const used = cgroups[name]?.workingSetBytes ?? 0;
      return { name, share: used / limits.memoryBytes };
    })
    .sort((a, b) => b.share - a.share);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const close = shares.filter(({ share }) => share >= memoryShareLimit);
  const told = close.length > 0 ? close : shares.slice(0, 1);
  return {
    status: close.length > 0 ? "warn" : "pass",
    expected: `below ${percent(memoryShareLimit)} of each limit`,
    actual: told.map(({ name, share }) => `${name} ${percent(share)}`).join(", "),
  };
}
