import type { Setup } from "../peer.ts";

/** Envoy's static configuration: one listener, the limit filter, outlier detection as breaker, statistics on the admin port. */
export function envoyConfig(setup: Setup, grpcPort: number): unknown {
  return {
    admin: { address: address(setup.adminPort) },
    static_resources: {
      listeners: [
        {
          name: "web",
          address: address(setup.port),
          filter_chains: [{ filters: [{ name: managerName, typed_config: connectionManager() }] }],
        },
      ],
      clusters: [trading(setup.upstreamPort), rateLimit(grpcPort)],
    },
  };
}

const managerName = "envoy.filters.network.http_connection_manager";
const extensions = "type.googleapis.com/envoy.extensions";

function connectionManager() {
  return {
    "@type": `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "web",
    access_log: [
      {
        name: "envoy.access_loggers.stdout",
        typed_config: { "@type": `${extensions}.access_loggers.stream.v3.StdoutAccessLog` },
      },
    ],
    route_config: {
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/api/v1/trading" }, route: { cluster: "trading" } }],
          rate_limits: [
            {
              actions: [{ request_headers: { header_name: "x-user-id", descriptor_key: "user" } }],
            },
          ],
        },
      ],
    },
    http_filters: [
      {
        name: "envoy.filters.http.ratelimit",
        typed_config: {
          "@type": `${extensions}.filters.http.ratelimit.v3.RateLimit`,
          domain: "gateway",
          rate_limit_service: {
            transport_api_version: "V3",
            grpc_service: { envoy_grpc: { cluster_name: "ratelimit" } },
          },
        },
      },
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": `${extensions}.filters.http.router.v3.Router` },
      },
    ],
  };
}

function trading(port: number) {
  return {
    name: "trading",
    type: "STATIC",
    connect_timeout: "0.5s",
    circuit_breakers: { thresholds: [{ max_connections: 1024, max_requests: 1024 }] },
    outlier_detection: { consecutive_5xx: 5, max_ejection_percent: 100 },
    load_assignment: endpoints("trading", port),
  };
}

function rateLimit(port: number) {
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return {
    name: "ratelimit",
    type: "STATIC",
    connect_timeout: "0.5s",
    typed_extension_protocol_options: {
      [options]: {
        "@type": `type.googleapis.com/${options}`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: endpoints("ratelimit", port),
  };
}

function endpoints(name: string, port: number) {
  const endpoint = { address: address(port) };
  return { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] };
}

function address(port: number) {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
