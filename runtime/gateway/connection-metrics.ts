import { Gauge, type Registry } from "prom-client";
import { serviceNames } from "../../catalog/services.ts";
import type { Upstreams } from "./upstreams.ts";

/** What the connections to services are doing, read when somebody asks. */
export function exportConnections(registry: Registry, upstreams: Upstreams): void {
  new Gauge({
    name: "gateway_upstream_connections",
    help: "Open connections to a service, over all its instances.",
    labelNames: ["service"],
    registers: [registry],
    collect() {
      for (const service of serviceNames)
        this.set({ service }, upstreams.connections(service).open);
    },
  });
  new Gauge({
    name: "gateway_upstream_requests",
    help: "Requests that are with a service now: on a connection, or waiting for one.",
    labelNames: ["service", "state"],
    registers: [registry],
    collect() {
      for (const service of serviceNames) {
        const { running, waiting } = upstreams.connections(service);
        this.set({ service, state: "running" }, running);
        this.set({ service, state: "waiting" }, waiting);
      }
    },
  });
}
