import { paths } from "../../catalog/endpoints.ts";
import type { Evidence, GatewayFacts, HttpAnswer, MetricsFacts } from "../evidence.ts";
import { followCorrelationId } from "./correlation.ts";
import { answerOf, headerOf, noAnswer } from "./http-client.ts";
import { callerHeaders } from "./identity.ts";
import { followTrace } from "./trace.ts";
import { NothingToProbe, probed, probedItems, type Probe, type ProbeContext } from "./probe.ts";

/** A request ends after 5 s; following the correlation id looks at logs after its requests. */
const deadlineMs = 9_000;

/** Asks the gateway for its own pages. */
export const probeGateway: Probe<"gateway"> = async (context): Promise<GatewayFacts> => {
  const { signal } = context;
  const ask = <T>(work: (context: ProbeContext) => Promise<T>) =>
    probed((itemSignal) => work({ ...context, signal: itemSignal }), { deadlineMs, signal });
  const [health, services, metrics, correlation, trace] = await Promise.all([
    ask((it) => get(it, paths.health)),
    ask((it) => get(it, paths.services)),
    ask(readMetrics),
    ask(followCorrelationId),
    ask(followTrace),
  ]);
  return { health, services, metrics, correlation, trace };
};

/** Asks for every service's probe paths through the gateway. */
export const probeRoutes: Probe<"routes"> = (context) =>
  probedItems(
    context.deployment.services.flatMap(({ probePaths }) => probePaths),
    (path, signal) => get({ ...context, signal }, path),
    { deadlineMs, signal: context.signal },
  );

/**
 * For probes of which each request would wait in vain.
 * @throws NothingToProbe when the gateway's own page had no answer in this attempt
 */
export function requireGateway({ gateway }: Evidence): void {
  const health = gateway !== undefined && "value" in gateway ? gateway.value.health : undefined;
  if (health !== undefined && "value" in health && health.value.status === noAnswer) {
    throw new NothingToProbe("the gateway does not answer");
  }
}

/** @param path beginning with a slash */
export async function get(context: ProbeContext, path: string): Promise<HttpAnswer> {
  const { deployment, http, signal } = context;
  const request = { url: deployment.gatewayUrl + path, headers: callerHeaders(context), signal };
  return answerOf(request, await http.send(request));
}

async function readMetrics(context: ProbeContext): Promise<MetricsFacts> {
  const { deployment, http, signal } = context;
  const url = deployment.gatewayUrl + paths.metrics;
  const raw = await http.send({ url, headers: callerHeaders(context), signal });
  return {
    status: raw.status,
    contentType: headerOf(raw, "content-type") ?? "",
    ...countSamples(raw.text),
  };
}

/** @param text in Prometheus' exposition format */
export function countSamples(text: string): Pick<MetricsFacts, "samples" | "names"> {
  const samples = text
    .split("\n")
    .flatMap(
      (line) => /^(?<name>[a-zA-Z_:][\w:]*)(?:\{.*\})? \S+/.exec(line)?.groups?.["name"] ?? [],
    );
  return { samples: samples.length, names: [...new Set(samples)].sort().slice(0, 200) };
}
