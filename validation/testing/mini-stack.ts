import type Docker from "dockerode";
import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import { defaultRateLimits } from "../../catalog/gateway-limits.ts";
import { runtimeHealthCheck } from "../../catalog/health-check.ts";
import { labels, projectName } from "../../catalog/labels.ts";
import { parts } from "../../catalog/parts.ts";
import { services } from "../../catalog/services.ts";
import { findImage } from "./find-image.ts";

const mib = 1024 * 1024;
const limits = { memoryBytes: 128 * mib, memorySwapBytes: 128 * mib, nanoCpus: 500_000_000 };
const serviceNames = ["user", "trading", "nft"] as const;

/** A real stack of six small containers: Redis, a gateway that does nothing, three services, Prometheus. */
export interface MiniStack {
  readonly deployment: Deployment;
  /** Password of the Redis user `admin`, who may do everything. */
  readonly adminPassword: string;
  readonly nameOf: (service: string) => string;
  readonly networkOf: (service: string) => string;
  /** Takes away everything with the stack's label. */
  readonly remove: () => Promise<void>;
}

/** Name of a container of such a stack, known before it is started: the stand-in gateway registers it. */
export function miniStackContainer(stack: string, service: string): string {
  return `${stack}-${service}`;
}

export async function startMiniStack(
  engine: Docker,
  { stack, gatewayUrl }: { readonly stack: string; readonly gatewayUrl: string },
): Promise<MiniStack> {
  const nameOf = (service: string): string => miniStackContainer(stack, service);
  const networkOf = (service: string): string => `${projectName}-${stack}-${service}`;
  const volume = `${projectName}-${stack}-redis-data`;
  const own = { [labels.project]: projectName, [labels.stack]: stack };
  const adminPassword = "only-for-this-test";
  const [nodeImage, redisImage, prometheusImage] = await Promise.all(
    (["node", "redis", "prometheus"] as const).map((name) => findImage(engine, name)),
  );
  const runtimeImage = (await engine.getImage(nodeImage as string).inspect()).Id;
  const { SwapLimit: swapLimit } = (await engine.info()) as { SwapLimit: boolean };
  const settledLimits = { ...limits, memorySwapBytes: swapLimit ? limits.memorySwapBytes : -1 };
  const networksOf = (service: (typeof serviceNames)[number]) =>
    [service, ...services[service].calls].map(networkOf);
  const allNetworks = serviceNames.map(networkOf);

  const container = (
    service: string,
    role: DeployedContainer["role"],
    settings: Pick<DeployedContainer, "image" | "user" | "readOnly" | "networks">,
  ): DeployedContainer => ({
    name: nameOf(service),
    service,
    role,
    limits: settledLimits,
    ports: [],
    adminPort: null,
    configHash: `hash-of-${service}`,
    ...settings,
  });
  const ours = { image: runtimeImage, user: "1000:1000", readOnly: true };
  const containers = [
    container("redis", "redis", {
      image: redisImage as string,
      user: "999:1000",
      readOnly: false,
      networks: allNetworks,
    }),
    ...serviceNames.map((name) =>
      container(name, "service", { ...ours, networks: networksOf(name) }),
    ),
    container("gateway", "gateway", { ...ours, networks: allNetworks }),
    container("prometheus", "prometheus", {
      image: prometheusImage as string,
      user: "65534:65534",
      readOnly: false,
      networks: allNetworks,
    }),
  ];
  const deployment: Deployment = {
    schemaVersion: 1,
    project: projectName,
    stack,
    release: "0.0.1",
    authMode: "header",
    rateLimits: { ...defaultRateLimits },
    gatewayUrl,
    prometheusUrl: null,
    grafanaUrl: null,
    runtimeImage,
    containers,
    networks: allNetworks.map((name) => ({
      name,
      internal: true,
      members: containers.filter((it) => it.networks.includes(name)).map((it) => it.name),
    })),
    volumes: [{ name: volume, usedBy: nameOf("redis") }],
    services: serviceNames.map((name) => ({
      name,
      port: services[name].port,
      routePrefix: `/api/v1/${services[name].route}`,
      instances: [nameOf(name)],
      probePaths: [...services[name].probePaths],
    })),
    notAvailable: [{ part: "grafana", reason: "not part of this stack" }],
  };

  const portOf = ({ role, service }: DeployedContainer): number =>
    role === "service" ? services[service as keyof typeof services].port : parts.gateway.port;
  const processOf = (it: DeployedContainer): Partial<Docker.ContainerCreateOptions> => {
    switch (it.role) {
      case "redis":
        return redisProcess(adminPassword);
      case "prometheus":
        return prometheusProcess(
          containers
            .filter(({ image }) => image === runtimeImage)
            .map((target) => ({
              job: target.service,
              address: `${target.name}:${portOf(target)}`,
            })),
        );
      default:
        return serverProcess(portOf(it));
    }
  };

  const remove = async (): Promise<void> => {
    const filters = { label: [`${labels.stack}=${stack}`] };
    for (const { Id: id } of await engine.listContainers({ all: true, filters })) {
      await engine.getContainer(id).remove({ force: true, v: true });
    }
    for (const { Id: id } of await engine.listNetworks({ filters })) {
      await engine.getNetwork(id).remove();
    }
    await engine.getVolume(volume).remove({ force: true });
  };

  try {
    await engine.createVolume({ Name: volume, Labels: own });
    for (const name of allNetworks) {
      await engine.createNetwork({ Name: name, Internal: true, Labels: own });
    }
    for (const it of containers)
      await startContainer(engine, it, { own, volume, process: processOf(it) });
    await Promise.all(containers.map(({ name }) => waitUntilHealthy(engine, name)));
  } catch (error) {
    await remove();
    throw error;
  }
  return { deployment, adminPassword, nameOf, networkOf, remove };
}

async function startContainer(
  engine: Docker,
  container: DeployedContainer,
  {
    own,
    volume,
    process,
  }: {
    readonly own: Readonly<Record<string, string>>;
    readonly volume: string;
    readonly process: Partial<Docker.ContainerCreateOptions>;
  },
): Promise<void> {
  const { name, service, image, user, readOnly, limits: wanted, networks, role } = container;
  const [first = "", ...others] = networks;
  const created = await engine.createContainer({
    ...process,
    name,
    Image: image,
    User: user,
    Labels: {
      ...own,
      [labels.service]: service,
      [labels.release]: "0.0.1",
      [labels.configHash]: container.configHash,
    },
    HostConfig: {
      ReadonlyRootfs: readOnly,
      Memory: wanted.memoryBytes,
      MemorySwap: wanted.memorySwapBytes,
      NanoCpus: wanted.nanoCpus,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "1" } },
      NetworkMode: first,
      ...(role === "redis" ? { Binds: [`${volume}:/data`] } : {}),
    },
  });
  for (const network of others) {
    await engine.getNetwork(network).connect({ Container: created.id });
  }
  await created.start();
}

async function waitUntilHealthy(engine: Docker, name: string): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const { State: state } = await engine.getContainer(name).inspect();
    if (state.Health?.Status === "healthy") return;
    if (state.Status !== "running" || Date.now() > deadlineMs) {
      throw new Error(`${name} is ${state.Status} and ${state.Health?.Status ?? "unchecked"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const second = 1_000_000_000;
const often = { Interval: second, Timeout: 3 * second, Retries: 5 };

/** Answers 200 to everything, as metrics, and logs the correlation id. */
function serverProcess(port: number): Partial<Docker.ContainerCreateOptions> {
  const script = `require("node:http").createServer((q, s) => {
    console.log(JSON.stringify({ url: q.url, correlationId: q.headers["x-correlation-id"] }));
    s.writeHead(200, { "content-type": "text/plain" }).end("up_since 1\\n");
  }).listen(${port}); process.on("SIGTERM", () => process.exit(0));`;
  return {
    Entrypoint: ["node"],
    Cmd: ["-e", script],
    Healthcheck: { Test: runtimeHealthCheck(port), ...often },
  };
}

function redisProcess(adminPassword: string): Partial<Docker.ContainerCreateOptions> {
  return {
    Entrypoint: ["redis-server"],
    Cmd: [
      ...["--appendonly", "yes"],
      ...["--user", "default", "on", "nopass", "resetkeys", "resetchannels", "-@all", "+ping"],
      ...["--user", "admin", "on", `>${adminPassword}`, "~*", "&*", "+@all"],
    ],
    Healthcheck: { Test: ["CMD", "redis-cli", "ping"], ...often },
  };
}

function prometheusProcess(
  targets: readonly { readonly job: string; readonly address: string }[],
): Partial<Docker.ContainerCreateOptions> {
  const jobs = targets.map(
    ({ job, address }) =>
      `  - job_name: ${job}\n    static_configs: [{ targets: ["${address}"] }]\n`,
  );
  const config = `global: { scrape_interval: 1s }\nscrape_configs:\n${jobs.join("")}`;
  const script = `cat > /tmp/p.yml <<'END'\n${config}END\nexec /bin/prometheus --config.file=/tmp/p.yml --storage.tsdb.path=/tmp/data`;
  const ready = `http://127.0.0.1:${parts.prometheus.port}/-/ready`;
  return {
    Entrypoint: ["sh", "-c"],
    Cmd: [script],
    Healthcheck: { Test: ["CMD", "wget", "-q", "-O", "/dev/null", ready], ...often },
  };
}
