import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import { labels } from "../../catalog/labels.ts";
import { gatewayAdmin } from "../../catalog/parts.ts";
import { connectionRules } from "../connection-rules.ts";
import type {
  ContainerFacts,
  Evidence,
  HttpAnswer,
  Items,
  Probed,
  SectionName,
  Sections,
} from "../evidence.ts";

/** Every section with what a platform in good order shows: all checks of the deployment pass on it. */
export type FullEvidence = {
  readonly [Name in SectionName]: { readonly value: Sections[Name] };
};

export function evidenceFixture(deployment: Deployment): FullEvidence {
  const { containers, networks, volumes, services, gatewayUrl } = deployment;
  const own = { [labels.project]: deployment.project, [labels.stack]: deployment.stack };
  const imageId = (reference: string) =>
    reference.startsWith("sha256:") ? reference : `sha256:of-${reference}`;
  const sections: Sections = {
    engine: {
      version: "24.0.5",
      apiVersion: "1.43",
      os: "Debian GNU/Linux 12",
      architecture: "x86_64",
      kernel: "6.1.0",
      cgroupVersion: "2",
      cgroupDriver: "systemd",
      storageDriver: "overlay2",
      swapLimit: true,
      cpus: 4,
      memoryBytes: 16 * 1024 ** 3,
    },
    containers: itemsOf(containers, (it) => containerFacts(deployment, it, imageId(it.image))),
    images: Object.fromEntries(
      containers.map(({ image }) => [
        image,
        { value: { id: imageId(image), architecture: "amd64", sizeBytes: 1 } },
      ]),
    ),
    networks: itemsOf(networks, ({ internal, members }) => ({
      exists: true,
      internal,
      members: [...members].sort(),
      labels: own,
    })),
    volumes: itemsOf(volumes, () => ({
      exists: true,
      driver: "local",
      createdAt: "2026-01-01T00:00:00Z",
      labels: own,
    })),
    inventory: {
      containers: containers.map(({ name }) => name),
      networks: networks.map(({ name }) => name),
      volumes: volumes.map(({ name }) => name),
    },
    cgroups: itemsOf(containers, ({ limits }) => ({
      memoryBytes: limits.memoryBytes,
      memorySwapBytes: limits.memorySwapBytes,
      nanoCpus: limits.nanoCpus,
      workingSetBytes: limits.memoryBytes / 4,
    })),
    reachability: itemsOf(
      containers.filter(({ role }) => role === "service" || role === "gateway"),
      (container) =>
        connectionRules(deployment)
          .filter(({ source }) => source === container.name)
          .map(({ target, port, rule }) => ({
            target,
            host: target,
            port,
            connected: rule === "must",
          })),
    ),
    redis: {
      ping: { exitCode: 0, output: "PONG" },
      unauthenticatedWrite: {
        exitCode: 0,
        output: "(error) NOPERM User default has no permissions to run the 'set' command",
      },
      appendOnly: "yes",
      appendOnlyFiles: true,
    },
    selfCheck: {
      imageId: deployment.runtimeImage,
      command: ["node", "main.mjs", "--check"],
      exitCode: 0,
      output: "gateway and 6 services can be loaded",
    },
    gateway: {
      health: { value: answer(`${gatewayUrl}/health`, healthPage(deployment)) },
      services: { value: answer(`${gatewayUrl}/services`, servicesPage(deployment)) },
      metrics: {
        value: {
          status: 200,
          contentType: "text/plain",
          samples: 40,
          names: ["http_requests_total"],
        },
      },
      correlation: {
        value: {
          sent: "validation-1",
          received: "validation-1",
          assigned: "req_1",
          loggedBy: ["user-service"],
        },
      },
      trace: {
        value: { id: "validation-trace-1", wanted: ["gateway", "user"], seen: ["gateway", "user"] },
      },
    },
    routes: Object.fromEntries(
      services
        .flatMap(({ probePaths }) => probePaths)
        .map((path) => [path, { value: answer(gatewayUrl + path, {}) }]),
    ),
    trade: {
      userId: "validation-1",
      amount: 1000,
      describe: { value: answer(`${gatewayUrl}/api/v1/trading/execute`, {}) },
      execute: { value: answer(`${gatewayUrl}/api/v1/trading/execute`, {}, 201) },
      before: { value: figures(7, 7000) },
      after: { value: figures(8, 8000) },
    },
    load: {
      path: "/health",
      requests: 200,
      concurrency: 10,
      rounds: [{ failures: 0, p50Ms: 4, p95Ms: 60, maxMs: 80 }],
    },
    rateLimit: {
      limit: 200,
      sent: 210,
      admitted: 200,
      firstRefused: 201,
      retryAfter: "60",
      local: false,
      durationMs: 400,
    },
    prometheus: {
      ready: true,
      targets: containers
        .filter(({ role }) => role === "service" || role === "gateway" || role === "entry")
        .map((container) => ({
          job: container.service,
          instance: scrapedAt(container),
          health: "up",
          lastError: "",
        })),
    },
    grafana: answer("http://127.0.0.1:3000/api/health", {}),
    logs: {},
  };
  return Object.fromEntries(
    Object.entries(sections).map(([name, value]) => [name, { value: value as unknown }]),
  ) as unknown as FullEvidence;
}

function scrapedAt({ name, adminPort }: DeployedContainer): string {
  return adminPort === null ? `${name}:8000` : `${gatewayAdmin.host(name)}:${adminPort}`;
}

/** A copy with one section changed. */
export function withSection<Name extends SectionName>(
  evidence: FullEvidence,
  name: Name,
  change: (section: Sections[Name]) => Partial<Sections[Name]>,
): Evidence {
  const { value } = evidence[name] as { readonly value: Sections[Name] };
  return { ...evidence, [name]: { value: { ...value, ...change(value) } } };
}

/** A copy with one container's facts changed. */
export function withContainer(
  evidence: FullEvidence,
  name: string,
  change: Partial<ContainerFacts>,
): Evidence {
  return withSection(evidence, "containers", (all) => {
    const state = all[name];
    if (state === undefined || !("value" in state)) throw new Error(`no container ${name}`);
    return { [name]: { value: { ...state.value, ...change } as ContainerFacts } };
  });
}

export function answer(url: string, json: unknown, status = 200): HttpAnswer {
  return {
    method: "GET",
    url,
    status,
    durationMs: 3,
    contentType: "application/json",
    correlationId: "req_1",
    body: JSON.stringify(json),
    json,
  };
}

export function figures(tradesTotal: number | null, tradingVolumeUsd: number | null) {
  return { status: 200, tradesTotal, tradingVolumeUsd, stale: false };
}

export function healthPage({ services, release }: Deployment) {
  return {
    status: "healthy",
    service: "gateway",
    instance: "api-gateway",
    release,
    startedAt: "2026-01-01T00:00:00.000Z",
    dependencies: {
      redis: { status: "up" },
      services: Object.fromEntries(services.map(({ name }) => [name, "healthy"])),
    },
  };
}

export function servicesPage({ services, release }: Deployment) {
  return {
    registry: { source: "redis", ageMs: 100 },
    services: Object.fromEntries(
      services.map(({ name, routePrefix, instances, port }) => [
        name,
        {
          status: "healthy",
          routePrefix,
          breaker: closedBreaker,
          instances: instances.map((id) => ({
            id,
            address: `${id}:${port}`,
            status: "healthy",
            release,
            ageSeconds: 60,
            heartbeatAgeMs: 100,
            breaker: closedBreaker,
          })),
        },
      ]),
    ),
  };
}

export const closedBreaker = {
  state: "closed",
  reason: null,
  retryInMs: 0,
  forced: null,
  calls: 4,
  failures: 0,
  slowCalls: 0,
};

function containerFacts(
  { project, stack, release }: Deployment,
  container: DeployedContainer,
  imageId: string,
): ContainerFacts {
  const { name, service, limits, role } = container;
  return {
    exists: true,
    id: `id-of-${name}`,
    imageId,
    status: "running",
    exitCode: 0,
    health: "healthy",
    healthOutput: "",
    restartCount: 0,
    oomKilled: false,
    startedAt: "2026-01-01T00:00:00Z",
    observedAt: "2026-01-01T00:10:00Z",
    user: container.user,
    readOnlyRoot: container.readOnly,
    privileged: false,
    capabilitiesDropped: ["ALL"],
    securityOptions: ["no-new-privileges:true"],
    ...limits,
    logDriver: "json-file",
    logOptions: { "max-file": "3", "max-size": "10m" },
    restartPolicy: "unless-stopped",
    command: [],
    labels: {
      [labels.project]: project,
      [labels.stack]: stack,
      [labels.service]: service,
      [labels.release]: release,
      [labels.configHash]: container.configHash,
    },
    mounts:
      role === "redis"
        ? [
            {
              type: "volume",
              source: `${project}-${stack}-redis-data`,
              target: "/data",
              writable: true,
            },
          ]
        : [],
    ports: container.ports,
    networks: Object.fromEntries(container.networks.map((network) => [network, "172.20.0.2"])),
  };
}

function itemsOf<T extends { readonly name: string }, Item>(
  things: readonly T[],
  facts: (thing: T) => Item,
): Items<Item> {
  return Object.fromEntries(
    things.map((thing): [string, Probed<Item>] => [thing.name, { value: facts(thing) }]),
  );
}
