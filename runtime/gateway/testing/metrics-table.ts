import { createEventMetrics } from "../../kit/metrics.ts";
import { createTracingMetrics } from "../../kit/tracing/tracing-metrics.ts";
import { exportConnections } from "../connection-metrics.ts";
import { createGatewayMetrics } from "../gateway-metrics.ts";
import { createRequestMetrics } from "../request-metrics.ts";

/** Every metric of a gateway as rows of a Markdown table: name, kind, labels, meaning; from the registry, their only home. */
export async function metricsTable(): Promise<string> {
  const { registry } = createRequestMetrics({});
  createGatewayMetrics(registry);
  exportConnections(registry, {
    choose: () => undefined,
    connections: () => ({ open: 0, running: 0, waiting: 0 }),
    close: () => Promise.resolve(),
  });
  createTracingMetrics(registry);
  createEventMetrics(registry);
  const text = await registry.metrics();
  const kinds = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]),
  );
  const rows = registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames = [] } = metric as unknown as Described;
    const labels = labelNames.map((label) => `\`${label}\``).join(", ");
    return [`\`${name}\``, kinds.get(name) ?? "", labels, help.replaceAll("|", "\\|")];
  });
  return [["metric", "kind", "labels", "meaning"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** What every metric of the registry has. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}
