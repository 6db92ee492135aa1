import { paths } from "../catalog/endpoints.ts";
import { runtimeHealthCheck } from "../catalog/health-check.ts";
import { entryPart, gatewayAdmin, parts, type PartName } from "../catalog/parts.ts";
import type { ServiceDefinition } from "../catalog/service-definition.ts";
import { serviceNames, services, type ServiceName } from "../catalog/services.ts";
import { healthcheck, planContainer, publishedPorts, users, wget } from "./plan-base.ts";
import { hasEntry, planReplicas, replicaNames } from "./replicas.ts";
import { containerName, type TopologyInput } from "./scope.ts";
import type { ContainerPlan, ServicePlan } from "./topology.ts";

/** Redis is in every service's network: each of them keeps its data there. */
export function planRedis(input: TopologyInput, image: string): ContainerPlan {
  return {
    ...planPart(input, "redis"),
    role: "redis",
    image,
    command: ["redis-server", "/usr/local/etc/redis/redis.conf"],
    user: users.redis,
    readOnly: false,
    networks: [...serviceNames],
    volume: { key: "redis-data", containerPath: "/data" },
    // Without `-e` an error, such as LOADING, counts as success.
    healthcheck: healthcheck(input, ["CMD", "redis-cli", "-e", "ping"]),
    // Redis writes its append-only file out before it ends.
    stopGraceSeconds: 30,
  };
}

/**
 * The gateways reach every service. A single one is alone in the network that the entry point is published through; of
 * several none is published, and what the container before them says of the client counts. The name of the admin port is
 * known in the monitoring network only, and the gateway listens at the address that it finds there.
 */
export function planGateways(input: TopologyInput): [ContainerPlan, ...ContainerPlan[]] {
  const { port } = parts.gateway;
  const seeds = serviceNames.flatMap((service) =>
    replicaNames(input, service).map(
      (name) => `${service}=${containerName(input, name)}:${services[service].port}`,
    ),
  );
  return planReplicas(input, "gateway", (name) => ({
    ...planPart(input, "gateway", name),
    ...planRuntime(input, { key: "gateway", name, port }),
    role: "gateway",
    ports: hasEntry(input) ? [] : publishedPorts(input, "gateway", port),
    networks: ["edge", "monitoring", ...serviceNames],
    networkAliases: { monitoring: [gatewayAdmin.host(containerName(input, name))] },
    env: {
      ...runtimeEnv(input, { key: "gateway", name, port }),
      ...gatewayEnv(input, containerName(input, name)),
      SEED_INSTANCES: seeds.join(","),
      ...(hasEntry(input) ? { TRUST_FORWARDED_FOR: "true" } : {}),
    },
  }));
}

/** HAProxy before several gateways. It publishes the port that a single gateway would have published itself. */
export function planEntry(input: TopologyInput, image: string): ContainerPlan {
  const { containerName: name, port, metricsPort, limits } = entryPart;
  return {
    ...planContainer(input, { key: "entry", name, port, limits }),
    role: "entry",
    image,
    command: ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
    user: users.haproxy,
    readOnly: false,
    ports: publishedPorts(input, "gateway", port),
    networks: ["edge"],
    volume: null,
    // Whether it lives, not whether it has somebody to send to: that is the gateways' own health.
    healthcheck: healthcheck(input, wget(`http://127.0.0.1:${metricsPort}${paths.live}`)),
    // The soft stop: no new connections, and those that are open get their answers. SIGTERM would cut them off.
    stopSignal: "SIGUSR1",
    stopGraceSeconds: 15,
  };
}

/** A service's replicas, each in the service's own network and in those of the services it calls. */
export function planService(input: TopologyInput, service: ServiceName): ServicePlan[] {
  const definition: ServiceDefinition<ServiceName> = services[service];
  const { port, limits, calls } = definition;
  return planReplicas(input, service, (name) => ({
    ...planContainer(input, { key: service, name, port, limits }),
    ...planRuntime(input, { key: service, name, port }),
    role: "service",
    service,
    port,
    ports: publishedPorts(input, service, port),
    routePrefix: `${paths.apiPrefix}/${definition.route}`,
    probePaths: definition.probePaths,
    networks: [service, ...calls],
    // The foundation first, as in the plan; a service never needs it to be there.
    startAfter: service === "user" ? [] : [...new Set<ServiceName>(["user", ...calls])],
  }));
}

/**
 * Prometheus meets the gateways' admin ports in the monitoring network, and is in the network of every service that it
 * scrapes; in the entry's only where there is an entry.
 */
export function planPrometheus(input: TopologyInput, image: string): ContainerPlan {
  return {
    ...planPart(input, "prometheus"),
    role: "prometheus",
    image,
    command: [
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      "--storage.tsdb.retention.time=15d",
    ],
    user: users.prometheus,
    readOnly: false,
    networks: ["monitoring", ...(hasEntry(input) ? ["edge"] : []), ...serviceNames],
    volume: { key: "prometheus-data", containerPath: "/prometheus" },
    healthcheck: healthcheck(input, wget(`http://127.0.0.1:${parts.prometheus.port}/-/ready`)),
    stopGraceSeconds: 15,
  };
}

/** Grafana reaches Prometheus and nothing else. */
export function planGrafana(input: TopologyInput, image: string): ContainerPlan {
  return {
    ...planPart(input, "grafana"),
    role: "grafana",
    image,
    command: null,
    user: users.grafana,
    readOnly: false,
    networks: ["monitoring"],
    volume: null,
    healthcheck: healthcheck(input, wget(`http://127.0.0.1:${parts.grafana.port}/api/health`)),
    stopGraceSeconds: 15,
  };
}

function planPart(input: TopologyInput, part: PartName, name: string = parts[part].containerName) {
  const { port, limits } = parts[part];
  return {
    ...planContainer(input, { key: part, name, port, limits }),
    ports: publishedPorts(input, part, port),
  };
}

interface RuntimeContainerInput {
  readonly key: string;
  readonly name: string;
  readonly port: number;
}

/** What gateway and services have in common: our own image, hardened. */
function planRuntime(input: TopologyInput, container: RuntimeContainerInput) {
  return {
    image: null,
    command: null,
    user: users.runtime,
    readOnly: true,
    volume: null,
    env: runtimeEnv(input, container),
    healthcheck: healthcheck(input, runtimeHealthCheck(container.port)),
    // Deregister, let the gateway notice, finish what is under way: the runtime takes up to 10 s.
    stopGraceSeconds: 15,
  } satisfies Partial<ContainerPlan>;
}

function runtimeEnv(
  input: TopologyInput,
  { key, name, port }: RuntimeContainerInput,
): Record<string, string> {
  const { stack, release, config } = input;
  return {
    SERVICE_NAME: key,
    INSTANCE_ID: containerName(input, name),
    ADVERTISED_HOST: containerName(input, name),
    STACK: stack,
    RELEASE: release,
    PORT: String(port),
    REDIS_HOST: containerName(input, parts.redis.containerName),
    REDIS_PORT: String(parts.redis.port),
    REDIS_USERNAME: key,
    LOG_LEVEL: config.logLevel,
    AUTH_MODE: config.authMode,
    TRACE_SAMPLE_RATIO: String(config.tracing.sampleRatio),
    ...(config.tracing.otlpEndpoint === undefined
      ? {}
      : { OTLP_ENDPOINT: config.tracing.otlpEndpoint }),
  };
}

/** What the gateway alone is told. A variable that says nothing is left out. */
function gatewayEnv({ config }: TopologyInput, name: string): Record<string, string> {
  const { rateLimits, cors, authMode, jwt } = config;
  return {
    ADMIN_HOST: gatewayAdmin.host(name),
    ADMIN_PORT: String(gatewayAdmin.port),
    RATE_LIMIT_USER: String(rateLimits.userPerMinute),
    RATE_LIMIT_ADDRESS: String(rateLimits.addressPerMinute),
    ...(cors.origins.length === 0 ? {} : { CORS_ORIGINS: cors.origins.join(",") }),
    ...(authMode === "jwt"
      ? {
          JWT_ISSUER: jwt.issuer ?? "",
          JWT_AUDIENCE: jwt.audience ?? "",
          JWT_JWKS_URL: jwt.jwksUrl ?? "",
        }
      : {}),
  };
}
