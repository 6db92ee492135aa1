import { networkType, volumeType } from "../../topology/policies/policy.ts";

/** A change that breaks one policy. */
export interface Mutation {
  readonly policy: string;
  /** Type of the resource. @default container */
  readonly type?: string;
  /** Its logical name. @default `trading`, a service */
  readonly of?: string;
  /** Inputs in place of those it has. */
  readonly change?: Readonly<Record<string, unknown>>;
  readonly retainOnDelete?: boolean;
}

const labels: Readonly<Record<string, string>> = {
  project: "astratrade",
  stack: "staging",
  service: "trading",
  release: "1.2.3",
  "config-hash": "0123456789abcdef",
};
const labelsWithout = (name: string) =>
  Object.entries(labels)
    .filter(([label]) => label !== name)
    .map(([label, value]) => ({ label: `io.astratrade.${label}`, value }));
const volume = { volumeName: "astratrade-staging-redis-data", containerPath: "/data" };
const port = { internal: 8000, external: 8100, ip: "127.0.0.1", protocol: "tcp" };

/** Every way to break a policy that the platform could take, on the settings of staging. */
export const mutations: readonly Mutation[] = [
  { policy: "memory-limit", change: { memory: undefined } },
  { policy: "memory-limit", change: { memory: 0, memorySwap: 0 } },
  { policy: "swap-limit", change: { memorySwap: 1024 } },
  { policy: "swap-limit", change: { memorySwap: undefined } },
  { policy: "swap-limit", change: { memorySwap: -1 } },
  { policy: "cpu-limit", change: { cpus: undefined } },
  { policy: "cpu-limit", change: { cpus: "0" } },
  { policy: "restart", change: { restart: "always" } },
  { policy: "health-check", change: { healthcheck: undefined } },
  { policy: "health-check", change: { healthcheck: { tests: ["NONE"] } } },
  { policy: "wait-for-health", change: { wait: undefined } },
  { policy: "stop-grace", change: { destroyGraceSeconds: 0 } },
  { policy: "stop-timeout", change: { stopTimeout: undefined } },
  { policy: "user", change: { user: undefined } },
  { policy: "user", change: { user: "0:1000" } },
  { policy: "user", change: { user: "root" } },
  { policy: "capabilities", change: { capabilities: undefined } },
  { policy: "capabilities", change: { capabilities: { drops: ["CAP_CHOWN"] } } },
  {
    policy: "capabilities",
    change: { capabilities: { drops: ["ALL"], adds: ["CAP_NET_ADMIN"] } },
  },
  { policy: "no-new-privileges", change: { securityOpts: [] } },
  {
    policy: "confined",
    change: { securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] },
  },
  { policy: "privileged", change: { privileged: true } },
  { policy: "own-namespaces", change: { networkMode: "host" } },
  { policy: "own-namespaces", change: { networkMode: "container:redis" } },
  { policy: "own-namespaces", change: { pidMode: "host" } },
  { policy: "own-namespaces", change: { ipcMode: "host" } },
  { policy: "own-namespaces", change: { usernsMode: "host" } },
  { policy: "own-namespaces", change: { cgroupnsMode: "host" } },
  { policy: "published-address", of: "gateway", change: { ports: [{ ...port, ip: "0.0.0.0" }] } },
  { policy: "published-address", of: "gateway", change: { ports: [{ internal: 8000 }] } },
  { policy: "published-port", change: { ports: [port] } },
  { policy: "publish-all-ports", change: { publishAllPorts: true } },
  { policy: "own-image-by-id", change: { image: "astratrade/runtime:staging" } },
  { policy: "pinned-image", of: "redis", change: { image: "registry.internal:5000/redis" } },
  { policy: "pinned-image", of: "redis", change: { image: "redis:latest" } },
  { policy: "log-driver", change: { logDriver: undefined } },
  { policy: "log-driver", change: { logDriver: "syslog" } },
  { policy: "log-rotation", change: { logOpts: { "max-size": "10m" } } },
  { policy: "log-rotation", change: { logOpts: undefined } },
  {
    policy: "host-paths",
    of: "redis",
    change: { volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/s" }] },
  },
  { policy: "host-paths", of: "redis", change: { volumes: [{ ...volume, volumeName: "/etc" }] } },
  {
    policy: "host-paths",
    change: { mounts: [{ type: "bind", source: "/etc", target: "/etc" }] },
  },
  { policy: "host-devices", change: { devices: [{ hostPath: "/dev/sda" }] } },
  {
    policy: "volume-on-host-path",
    type: volumeType,
    of: "redis-data",
    change: { driverOpts: { type: "none", o: "bind", device: "/srv/redis" } },
  },
  ...["project", "stack", "release"].map((label) => ({
    policy: "labels",
    change: { labels: labelsWithout(label) },
  })),
  {
    policy: "labels",
    type: networkType,
    of: "edge",
    change: {
      labels: [
        { label: "io.astratrade.project", value: "astratrade" },
        { label: "io.astratrade.release", value: "1" },
        { label: "io.astratrade.stack", value: "prod" },
      ],
    },
  },
  { policy: "container-labels", change: { labels: labelsWithout("config-hash") } },
  { policy: "retained-volume", type: volumeType, of: "redis-data", retainOnDelete: false },
];
