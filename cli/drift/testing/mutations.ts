import type { Mend } from "../drift-item.ts";
import { containerId, type ContainerDocument } from "./sample.ts";

/** What a person can do to a container, and the one property that must tell it. */
export type Mutation = readonly [
  property: string,
  mutate: (document: ContainerDocument) => void,
  expected: string,
  actual: string,
  mend?: Mend,
];

const mebibyte = 1024 * 1024;

export const mutations: readonly Mutation[] = [
  ["name", (it) => (it.Name = "/odd"), "trading-service", "odd"],
  [
    "image",
    (it) => (it.Image = "sha256:0ddba11"),
    "586000000000 (astratrade/runtime:dev)",
    "0ddba11",
  ],
  [
    "command",
    (it) => (it.Config.Cmd = ["sh", "-c", "sleep 9"]),
    "node /app/main.mjs",
    'sh -c "sleep 9"',
  ],
  ["entrypoint", (it) => (it.Config.Entrypoint = []), "docker-entrypoint.sh", ""],
  ["user", (it) => (it.Config.User = ""), "1000:1000", "root"],
  ["workingDir", (it) => (it.Config.WorkingDir = "/"), "/app", "/"],
  ["hostname", (it) => (it.Config.Hostname = "odd"), containerId.slice(0, 12), "odd"],
  ["domainname", (it) => (it.Config.Domainname = "odd.org"), "none", "odd.org"],
  ["tty", (it) => (it.Config.Tty = true), "false", "true"],
  ["groups", (it) => (it.HostConfig.GroupAdd = ["docker"]), "none", "docker"],
  ["env.LOG_LEVEL", (it) => (it.Config.Env[0] = "LOG_LEVEL=debug"), "info", "debug"],
  ["env.LOG_LEVEL", (it) => it.Config.Env.splice(0, 1), "info", "(none)"],
  ["env.NODE_ENV", (it) => it.Config.Env.pop(), "production", "(none)"],
  [
    "env.REDIS_PASSWORD",
    (it) => (it.Config.Env[2] = "REDIS_PASSWORD=guessed"),
    "hidden (hmac fb6ddfd6e3b8)",
    "hidden (hmac a8afa4f3b5df)",
  ],
  ["env.DEBUG", (it) => it.Config.Env.push("DEBUG=*"), "(none)", "hidden (hmac a9b98da1d12f)"],
  ["label.team", (it) => (it.Config.Labels.team = "blue"), "(none)", "blue"],
  [
    "label.io.astratrade.release",
    (it) => (it.Config.Labels["io.astratrade.release"] = "9.9.9"),
    "0.1.0",
    "9.9.9",
  ],
  ["memory", (it) => (it.HostConfig.Memory = 300 * mebibyte), "512 MiB", "300 MiB", "update"],
  ["memory", (it) => (it.HostConfig.Memory = 300e6), "512 MiB", "300000000 bytes", "update"],
  [
    "memorySwap",
    (it) => (it.HostConfig.MemorySwap = 600 * mebibyte),
    "512 MiB",
    "600 MiB",
    "update",
  ],
  ["memoryReservation", (it) => (it.HostConfig.MemoryReservation = mebibyte), "none", "1 MiB"],
  ["cpus", (it) => (it.HostConfig.NanoCpus = 2e9), "0.5", "2"],
  ["cpuShares", (it) => (it.HostConfig.CpuShares = 512), "0", "512"],
  ["cpuSet", (it) => (it.HostConfig.CpusetCpus = "0"), "any", "0"],
  ["cpuQuota", (it) => (it.HostConfig.CpuQuota = 5000), "0 of 0", "5000 of 0"],
  ["pidsLimit", (it) => (it.HostConfig.PidsLimit = 20), "none", "20"],
  ["blkioWeight", (it) => (it.HostConfig.BlkioWeight = 300), "0", "300"],
  ["shmSize", (it) => (it.HostConfig.ShmSize = mebibyte), "64 MiB", "1 MiB"],
  [
    "ulimit.nofile",
    (it) => (it.HostConfig.Ulimits = [{ Name: "nofile", Soft: 1, Hard: 2 }]),
    "(none)",
    "1:2",
  ],
  ["restart", (it) => (it.HostConfig.RestartPolicy.Name = "no"), "unless-stopped", "no", "update"],
  [
    "maxRetryCount",
    (it) => (it.HostConfig.RestartPolicy.MaximumRetryCount = 5),
    "0",
    "5",
    "update",
  ],
  ["init", (it) => (it.HostConfig.Init = false), "true", "false"],
  ["stopTimeout", (it) => (it.Config.StopTimeout = 1), "15 s", "1 s"],
  ["healthcheck.interval", (it) => (it.Config.Healthcheck.Interval = 60e9), "3 s", "60 s"],
  ["healthcheck.startPeriod", (it) => (it.Config.Healthcheck.StartPeriod = 0), "90 s", "0 s"],
  ["healthcheck.retries", (it) => (it.Config.Healthcheck.Retries = 9), "5", "9"],
  [
    "healthcheck.tests",
    (it) => (it.Config.Healthcheck.Test = ["CMD", "true"]),
    'CMD bash -c "exec 3<>/dev/tcp/127.0.0.1/8001"',
    "CMD true",
  ],
  ["log.driver", (it) => (it.HostConfig.LogConfig.Type = "none"), "json-file", "none"],
  ["log.max-size", (it) => (it.HostConfig.LogConfig.Config["max-size"] = "1g"), "10m", "1g"],
  [
    "log.mode",
    (it) => (it.HostConfig.LogConfig.Config.mode = "non-blocking"),
    "(none)",
    "non-blocking",
  ],
  [
    "mount /data",
    (it) => it.Mounts.shift(),
    "volume astratrade-dev-data, read and write",
    "(none)",
  ],
  [
    "mount /data",
    (it) => Object.assign(it.Mounts[0] ?? {}, { RW: false }),
    "volume astratrade-dev-data, read and write",
    "volume astratrade-dev-data, read only",
  ],
  [
    "mount /extra",
    (it) =>
      it.Mounts.push({ Type: "bind", Name: "", Source: "/srv", Destination: "/extra", RW: true }),
    "(none)",
    "host's /srv, read and write",
  ],
  [
    "mount /tmp",
    (it) =>
      (it.HostConfig.Mounts[0] = { Type: "tmpfs", Target: "/tmp", TmpfsOptions: { SizeBytes: 0 } }),
    "in memory, 64 MiB",
    "in memory",
  ],
  [
    "network foreign",
    (it) =>
      (it.NetworkSettings.Networks.foreign = { Aliases: null, NetworkID: "f", IPAMConfig: {} }),
    "(none)",
    "connected",
  ],
  [
    "network astratrade-dev-trading",
    (it) => delete it.NetworkSettings.Networks["astratrade-dev-trading"],
    "connected as trading-service",
    "(none)",
  ],
  [
    "network astratrade-dev-trading",
    (it) =>
      Object.assign(it.NetworkSettings.Networks["astratrade-dev-trading"] ?? {}, { Aliases: null }),
    "connected as trading-service",
    "connected",
  ],
  [
    "network astratrade-dev-trading",
    (it) =>
      Object.assign(it.NetworkSettings.Networks["astratrade-dev-trading"] ?? {}, {
        NetworkID: "x",
      }),
    "connected as trading-service",
    "connected as trading-service, an earlier one",
  ],
  [
    "port 8001/tcp",
    (it) => (it.HostConfig.PortBindings["8001/tcp"] = [{ HostIp: "", HostPort: "18001" }]),
    "127.0.0.1:18001",
    "0.0.0.0:18001",
  ],
  [
    "port 9229/tcp",
    (it) => (it.HostConfig.PortBindings["9229/tcp"] = [{ HostIp: "127.0.0.1", HostPort: "" }]),
    "(none)",
    "127.0.0.1:any",
  ],
  ["dns", (it) => (it.HostConfig.Dns = ["9.9.9.9"]), "none", "9.9.9.9"],
  ["hosts", (it) => (it.HostConfig.ExtraHosts = ["redis:10.0.0.1"]), "none", "redis:10.0.0.1"],
  ["capabilities.add", (it) => (it.HostConfig.CapAdd = ["CAP_NET_ADMIN"]), "none", "NET_ADMIN"],
  ["capabilities.drop", (it) => (it.HostConfig.CapDrop = []), "ALL", "none"],
  ["securityOpts", (it) => (it.HostConfig.SecurityOpt = []), "no-new-privileges:true", "none"],
  ["privileged", (it) => (it.HostConfig.Privileged = true), "false", "true"],
  ["readOnly", (it) => (it.HostConfig.ReadonlyRootfs = false), "true", "false"],
  ["pidMode", (it) => (it.HostConfig.PidMode = "host"), "own", "host"],
  ["ipcMode", (it) => (it.HostConfig.IpcMode = "host"), "private", "host"],
  ["runtime", (it) => (it.HostConfig.Runtime = "sysbox"), "runc", "sysbox"],
  [
    "sysctl.net.core.somaxconn",
    (it) => (it.HostConfig.Sysctls = { "net.core.somaxconn": "9" }),
    "(none)",
    "9",
  ],
  [
    "devices",
    (it) =>
      (it.HostConfig.Devices = [
        { PathOnHost: "/dev/kmsg", PathInContainer: "/dev/kmsg", CgroupPermissions: "rwm" },
      ]),
    "none",
    "/dev/kmsg:/dev/kmsg:rwm",
  ],
  [
    "state",
    (it) => Object.assign(it.State, { Running: false, Status: "exited", ExitCode: 137 }),
    "running",
    "stopped, exit code 137",
    "start",
  ],
  [
    "state",
    (it) => Object.assign(it.State, { Running: false, Status: "created" }),
    "running",
    "never started",
    "start",
  ],
  [
    "state",
    (it) => Object.assign(it.State, { Paused: true, Status: "paused" }),
    "running",
    "paused",
    "resume",
  ],
  [
    "state",
    (it) => Object.assign(it.State, { Restarting: true, ExitCode: 1 }),
    "running",
    "restarting, last exit code 1",
    "replace",
  ],
];
