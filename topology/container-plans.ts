import { paths } from "../catalog/endpoints.ts";
import { runtimeHealthCheck } from "../catalog/health-check.ts";
import { parts, serviceContainerName, type PartName } from "../catalog/parts.ts";
import type { Limits, ServiceDefinition } from "../catalog/service-definition.ts";
import { serviceNames, services, type ServiceName } from "../catalog/services.ts";
import { containerName, type TopologyInput } from "./scope.ts";
import type { ContainerPlan, HealthCheckPlan, PortPlan, ServicePlan } from "./topology.ts";

/** User ids of the official images; the replacements keep them, so that volumes stay readable. */
const users = {
  runtime: "1000:1000",
  redis: "999:1000",
  prometheus: "65534:65534",
  grafana: "472:0",
} as const;

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

/** The gateway reaches every service, and is alone in the network that the entry point is published through. */
export function planGateway(input: TopologyInput): ContainerPlan {
  const { port, containerName: name } = parts.gateway;
  const seeds = serviceNames.map(
    (service) =>
      `${service}=${containerName(input, serviceContainerName(service))}:${services[service].port}`,
  );
  return {
    ...planPart(input, "gateway"),
    ...planRuntime(input, { key: "gateway", name, port }),
    role: "gateway",
    networks: ["edge", ...serviceNames],
    env: {
      ...runtimeEnv(input, { key: "gateway", name, port }),
      SEED_INSTANCES: seeds.join(","),
    },
  };
}

/** A service is in its own network and in those of the services it calls. */
export function planService(input: TopologyInput, service: ServiceName): ServicePlan {
  const definition: ServiceDefinition<ServiceName> = services[service];
  const name = serviceContainerName(service);
  const { port, limits, calls } = definition;
  return {
    ...planContainer(input, { key: service, name, port, limits }),
    ...planRuntime(input, { key: service, name, port }),
    role: "service",
    service,
    port,
    routePrefix: `${paths.apiPrefix}/${definition.route}`,
    probePaths: definition.probePaths,
    networks: [service, ...calls],
    // The foundation first, as in the plan; a service never needs it to be there.
    startAfter: service === "user" ? [] : [...new Set<ServiceName>(["user", ...calls])],
  };
}

/** Prometheus scrapes the gateway and every service, so it is in all their networks. */
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
    networks: ["monitoring", "edge", ...serviceNames],
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

function planPart(input: TopologyInput, part: PartName) {
  const { port, containerName: name, limits } = parts[part];
  return planContainer(input, { key: part, name, port, limits });
}

/** What every container has, whatever runs in it. */
function planContainer(
  input: TopologyInput,
  { key, name, port, limits }: { key: string; name: string; port: number; limits: Limits },
) {
  const { config, facts } = input;
  const override = config.limits[key];
  const memoryMb = override?.memoryMb ?? limits.memoryMb;
  return {
    service: key,
    name: containerName(input, name),
    memoryMb,
    memorySwapMb: facts.engine.swapLimit ? memoryMb : -1,
    cpus: String(override?.cpus ?? limits.cpus),
    ports: planPorts(input, key, port),
    env: {},
    healthTimeoutSeconds: config.healthTimeoutSeconds,
  } satisfies Partial<ContainerPlan>;
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
  };
}

function planPorts({ config }: TopologyInput, key: string, internal: number): PortPlan[] {
  if (config.publish === "entry" && key !== "gateway") return [];
  return [{ internal, external: config.ports[key] ?? internal, ip: config.bindAddress }];
}

function healthcheck({ facts }: TopologyInput, tests: readonly string[]): HealthCheckPlan {
  const hasStartInterval = apiAtLeast(facts.engine.apiVersion, 1, 44);
  return {
    tests,
    // Each run costs the engine about 50 ms of CPU, so it is rare where a start interval makes starting quick.
    intervalSeconds: hasStartInterval ? 10 : 3,
    timeoutSeconds: 3,
    startPeriodSeconds: 30,
    startIntervalMs: hasStartInterval ? 500 : null,
    retries: 5,
  };
}

/** Works with busybox's wget in the official images and in the replacements. */
function wget(url: string): string[] {
  return ["CMD", "wget", "-q", "-O", "/dev/null", url];
}

function apiAtLeast(version: string, major: number, minor: number): boolean {
  const [gotMajor = 0, gotMinor = 0] = version.split(".").map(Number);
  return gotMajor > major || (gotMajor === major && gotMinor >= minor);
}
