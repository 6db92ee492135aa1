import { z } from "zod";

const limits = z.object({
  memoryBytes: z.number().int(),
  /** -1 where the engine has no swap limit; otherwise equal to memoryBytes: no swap. */
  memorySwapBytes: z.number().int(),
  nanoCpus: z.number().int(),
});

const publishedPort = z.object({
  hostIp: z.string(),
  hostPort: z.number().int(),
  containerPort: z.number().int(),
});

const container = z.object({
  name: z.string(),
  /** `redis`, `gateway`, `entry`, `prometheus`, `grafana`, or a service's name; the same for all its replicas. */
  service: z.string(),
  role: z.enum(["redis", "gateway", "service", "prometheus", "grafana", "entry"]),
  /** Image reference or id the container was made from. */
  image: z.string(),
  user: z.string(),
  readOnly: z.boolean(),
  limits,
  ports: z.array(publishedPort),
  networks: z.array(z.string()),
  /** Port of its admin server, which only the monitoring network reaches; null where it has none, as in older releases. */
  adminPort: z.number().int().nullable().default(null),
  configHash: z.string(),
});

/**
 * What a deployed stack says of itself: the stack output `deployment`. Validation, status and down rely on nothing else.
 * No secret is in it.
 */
export const deploymentSchema = z.object({
  schemaVersion: z.literal(1),
  project: z.string(),
  stack: z.string(),
  release: z.string(),
  authMode: z.enum(["header", "jwt"]),
  /** Requests in any 60 s that are let through; null where nothing is limited, as in older releases. */
  rateLimits: z
    .object({ userPerMinute: z.number().int(), addressPerMinute: z.number().int() })
    .nullable()
    .default(null),
  /** Where clients reach the platform: the gateway, or the entry before several. */
  gatewayUrl: z.string(),
  prometheusUrl: z.string().nullable(),
  grafanaUrl: z.string().nullable(),
  /** Image id that gateway and services run. */
  runtimeImage: z.string(),
  containers: z.array(container),
  /** Networks and the containers in each: who can reach whom. */
  networks: z.array(
    z.object({ name: z.string(), internal: z.boolean(), members: z.array(z.string()) }),
  ),
  volumes: z.array(z.object({ name: z.string(), usedBy: z.string() })),
  services: z.array(
    z.object({
      name: z.string(),
      port: z.number().int(),
      /** `/api/v1/<route>` */
      routePrefix: z.string(),
      /** Its containers. */
      instances: z.array(z.string()),
      probePaths: z.array(z.string()),
    }),
  ),
  /** Parts that this machine cannot have, each with the reason in one sentence. */
  notAvailable: z.array(z.object({ part: z.string(), reason: z.string() })),
});

export type Deployment = z.infer<typeof deploymentSchema>;
export type DeployedContainer = Deployment["containers"][number];

/** @throws Error that lists every field that does not fit */
export function parseDeployment(value: unknown): Deployment {
  const parsed = deploymentSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(
    `The stack output "deployment" is not one this version can read:\n${z.prettifyError(parsed.error)}`,
  );
}
