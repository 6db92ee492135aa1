import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import { paths } from "../../catalog/endpoints.ts";
import { defaultRateLimits } from "../../catalog/gateway-limits.ts";
import { gatewayAdmin, parts, serviceContainerName } from "../../catalog/parts.ts";
import { serviceNames, services } from "../../catalog/services.ts";

const mib = 1024 * 1024;
const runtimeImage = "sha256:runtime";

/** A dev stack as the deployer describes it, made from the catalogue; Grafana's image is not to be had. */
export function deploymentFixture(changes: Partial<Deployment> = {}): Deployment {
  const containers = [
    container("redis", "redis", parts.redis.containerName, {
      port: parts.redis.port,
      image: "redis:7.2",
      user: "999:1000",
      readOnly: false,
    }),
    ...serviceNames.map((name) =>
      container(name, "service", serviceContainerName(name), { port: services[name].port }),
    ),
    container("gateway", "gateway", parts.gateway.containerName, { port: parts.gateway.port }),
    container("prometheus", "prometheus", parts.prometheus.containerName, {
      port: parts.prometheus.port,
      image: "prometheus:3",
      user: "65534:65534",
      readOnly: false,
    }),
  ];
  return {
    schemaVersion: 1,
    project: "astratrade",
    stack: "dev",
    release: "0.1.0",
    authMode: "header",
    rateLimits: { ...defaultRateLimits },
    gatewayUrl: "http://127.0.0.1:8000",
    prometheusUrl: "http://127.0.0.1:9090",
    grafanaUrl: null,
    runtimeImage,
    containers: containers.map((it) => ({ ...it, networks: networksOf(it) })),
    networks: networkNames.map((key) => ({
      name: `astratrade-dev-${key}`,
      internal: false,
      members: containers
        .filter((it) => networksOf(it).includes(`astratrade-dev-${key}`))
        .map(({ name }) => name),
    })),
    volumes: [{ name: "astratrade-dev-redis-data", usedBy: "redis" }],
    services: serviceNames.map((name) => ({
      name,
      port: services[name].port,
      routePrefix: `${paths.apiPrefix}/${services[name].route}`,
      instances: [serviceContainerName(name)],
      probePaths: [...services[name].probePaths],
    })),
    notAvailable: [{ part: "grafana", reason: "image not available" }],
    ...changes,
  };
}

const networkNames = ["edge", "monitoring", ...serviceNames];

function networksOf({ role, service }: DeployedContainer): string[] {
  const keys: readonly string[] =
    role === "service"
      ? [service, ...services[service as keyof typeof services].calls]
      : role === "redis"
        ? serviceNames
        : role === "gateway"
          ? ["edge", "monitoring", ...serviceNames]
          : ["monitoring", ...serviceNames];
  return keys.map((key) => `astratrade-dev-${key}`);
}

function container(
  service: string,
  role: DeployedContainer["role"],
  name: string,
  settings: Partial<DeployedContainer> & { readonly port: number },
): DeployedContainer {
  const { port, ...rest } = settings;
  return {
    name,
    service,
    role,
    image: runtimeImage,
    user: "1000:1000",
    readOnly: true,
    limits: { memoryBytes: 512 * mib, memorySwapBytes: 512 * mib, nanoCpus: 500_000_000 },
    ports: [{ hostIp: "127.0.0.1", hostPort: port, containerPort: port }],
    networks: [],
    adminPort: role === "gateway" ? gatewayAdmin.port : null,
    configHash: `hash-of-${service}`,
    ...rest,
  };
}
