import { z } from "zod";
import { parts } from "../../catalog/parts.ts";
import type { PrometheusFacts } from "../evidence.ts";
import { execIn } from "./exec.ts";
import { answerOf } from "./http-client.ts";
import { NothingToProbe, type Probe, type ProbeContext } from "./probe.ts";

/** Asks Prometheus whether it is ready and what it scrapes. */
export const probePrometheus: Probe<"prometheus"> = async (context): Promise<PrometheusFacts> => {
  const ready = await ask(context, "/-/ready");
  if (ready.status !== 200) return { ready: false, targets: [] };
  const targets = await ask(context, "/api/v1/targets?state=active");
  return { ready: true, targets: parseTargets(JSON.parse(targets.text)) };
};

/** Asks Grafana for its health. */
export const probeGrafana: Probe<"grafana"> = async ({ deployment, http, signal }) => {
  if (deployment.grafanaUrl === null) throw new NothingToProbe("Grafana has no address to ask at");
  const request = { url: `${deployment.grafanaUrl}/api/health`, signal };
  return answerOf(request, await http.send(request));
};

const targetsAnswer = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({
        labels: z.object({ job: z.string(), instance: z.string() }),
        health: z.string(),
        lastError: z.string(),
      }),
    ),
  }),
});

/** @param answer of `/api/v1/targets` */
export function parseTargets(answer: unknown): PrometheusFacts["targets"] {
  return targetsAnswer
    .parse(answer)
    .data.activeTargets.map(({ labels, health, lastError }) => ({ ...labels, health, lastError }))
    .sort((a, b) => (`${a.job} ${a.instance}` < `${b.job} ${b.instance}` ? -1 : 1));
}

/** Over the published port, or from inside the container where a stack publishes the entry point only. */
async function ask(
  { deployment, http, engine, signal }: ProbeContext,
  path: string,
): Promise<{ status: number; text: string }> {
  if (deployment.prometheusUrl !== null) {
    return http.send({ url: deployment.prometheusUrl + path, signal });
  }
  const container = deployment.containers.find(({ role }) => role === "prometheus");
  if (container === undefined) throw new NothingToProbe("the stack has no Prometheus");
  const url = `http://127.0.0.1:${parts.prometheus.port}${path}`;
  const command = ["wget", "-q", "-O", "-", url];
  const { exitCode, stdout } = await execIn(engine, container.name, command, signal);
  return { status: exitCode === 0 ? 200 : 503, text: stdout };
}
