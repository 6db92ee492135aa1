import { redisAclFor } from "../catalog/redis-acl.ts";
import type { ServiceName } from "../catalog/services.ts";
import { grafanaDatasources } from "../monitoring/grafana-datasources.ts";
import { prometheusConfig } from "../monitoring/prometheus-config.ts";
import type { GeneratedFiles } from "../topology/blueprint.ts";
import type { Topology } from "../topology/topology.ts";
import { haproxyConfig } from "./haproxy-config.ts";
import { redisClientsOf } from "./redis-clients.ts";
import { defaultUser, redisConfig } from "./redis-config.ts";
import { passwordHashSlot } from "./secret-slots.ts";

/**
 * Every file that the deployer writes for a container of this topology, by service or part. Where a secret belongs there
 * is a place for it (`secret-slots.ts`), which is filled when the container is made.
 */
export function generateFiles(topology: Topology): GeneratedFiles {
  const { entry, prometheus, grafana } = topology;
  return {
    redis: [{ file: "/usr/local/etc/redis/redis.conf", content: redisConfigOf(topology) }],
    ...(entry === null
      ? {}
      : {
          entry: [{ file: "/usr/local/etc/haproxy/haproxy.cfg", content: haproxyConfig(topology) }],
        }),
    ...(prometheus === null
      ? {}
      : {
          prometheus: [
            { file: "/etc/prometheus/prometheus.yml", content: prometheusConfig(topology) },
          ],
        }),
    ...(grafana === null
      ? {}
      : {
          grafana: [
            {
              file: "/etc/grafana/provisioning/datasources/prometheus.yml",
              content: grafanaDatasources(topology),
            },
          ],
        }),
  };
}

function redisConfigOf(topology: Topology): string {
  return redisConfig({
    memoryMb: topology.redis.memoryMb,
    defaultHash: passwordHashSlot(defaultUser),
    users: Object.fromEntries(
      redisClientsOf(topology).map((client) => [
        client,
        { acl: redisAclFor(client as ServiceName | "gateway"), hash: passwordHashSlot(client) },
      ]),
    ),
  });
}
