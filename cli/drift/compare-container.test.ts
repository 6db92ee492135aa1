import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareContainer, missingContainer } from "./compare-container.ts";
import type { Mend } from "./drift-item.ts";
import type { LiveFile } from "./live.ts";
import {
  containerId,
  deployedOf,
  documentOf,
  filesOf,
  sampleInputs,
  subjectOf,
  type ContainerDocument,
  type SampleInputs,
} from "./testing/sample.ts";

/** What a person can do to a container, and the one property that must tell it. */
type Mutation = readonly [
  property: string,
  mutate: (document: ContainerDocument) => void,
  expected: string,
  actual: string,
  mend?: Mend,
];

const mebibyte = 1024 * 1024;

const mutations: readonly Mutation[] = [
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

function found(inputs: SampleInputs, mutate: (document: ContainerDocument) => void) {
  const document = documentOf(structuredClone(inputs));
  mutate(document);
  return compareContainer(subjectOf(inputs, document));
}

/** Containers of all kinds, as the program may ask for them. */
const anyInputs: fc.Arbitrary<SampleInputs> = fc
  .record({
    variables: fc.dictionary(fc.stringMatching(/^[A-Z]{6,8}$/), fc.string(), { maxKeys: 4 }),
    labels: fc.dictionary(fc.stringMatching(/^org\.[a-z]{4}$/), fc.string(), { maxKeys: 3 }),
    aliases: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 2 }),
    ports: fc.uniqueArray(fc.integer({ min: 10_000, max: 60_000 }), { maxLength: 2 }),
    command: fc.option(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }), {
      nil: null,
    }),
    swapless: fc.boolean(),
  })
  .map(({ variables, labels, aliases, ports, command, swapless }) => ({
    ...sampleInputs,
    ...(command !== null && { command }),
    envs: [
      ...sampleInputs.envs,
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ],
    labels: [
      ...sampleInputs.labels,
      ...Object.entries(labels).map(([label, value]) => ({ label, value })),
    ],
    memorySwap: swapless ? -1 : 512,
    networksAdvanced: [...sampleInputs.networksAdvanced, { name: "astratrade-dev-edge", aliases }],
    ports: [
      ...sampleInputs.ports,
      ...ports.map((port) => ({ internal: port, external: port, ip: "0.0.0.0", protocol: "tcp" })),
    ],
  }));

describe("a container that nobody has touched", () => {
  test("has no drift, whatever the program asked for", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        expect(found(inputs, () => undefined)).toEqual([]);
      }),
    );
  });

  test("has none where the engine writes the same in another way", () => {
    const other = (it: ContainerDocument): void => {
      it.Config.Env.reverse();
      it.HostConfig.CapAdd = null;
      it.HostConfig.CapDrop = ["CAP_ALL"];
      it.HostConfig.SecurityOpt = ["no-new-privileges"];
      it.HostConfig.PidsLimit = -1;
      it.HostConfig.OomKillDisable = null;
      it.HostConfig.Devices = [];
      it.HostConfig.Dns = [];
      it.HostConfig.Ulimits = [];
      it.HostConfig.Sysctls = {};
      Object.assign(it.Config.Healthcheck, { StartInterval: 0 });
      Object.assign(it.NetworkSettings.Networks["astratrade-dev-trading"] ?? {}, {
        Aliases: ["trading-service"],
      });
    };
    expect(found(sampleInputs, other)).toEqual([]);
  });
});

describe("what was done by hand is found and named", () => {
  test.each(mutations.map((it) => [it[0], it] as const))("%s", (_title, mutation) => {
    const [property, mutate, expected, actual, mend = "replace"] = mutation;
    expect(found(sampleInputs, mutate)).toMatchObject([
      { kind: "container", name: "trading-service", property, expected, actual, mend },
    ]);
  });

  test("whatever the program asked for", () => {
    fc.assert(
      fc.property(anyInputs, fc.constantFrom(...mutations), (inputs, [property, mutate]) => {
        expect(found(inputs, mutate).map((it) => it.property)).toEqual([property]);
      }),
    );
  });

  test("several at once, each on its own", () => {
    const all = mutations.filter(([property]) =>
      ["memory", "restart", "label.team"].includes(property),
    );
    const both = found(sampleInputs, (it) => all.forEach(([, mutate]) => mutate(it)));
    expect(both.map(({ property }) => property)).toEqual(["label.team", "memory", "restart"]);
  });
});

describe("files", () => {
  const edited = (content: string, mode = 0o444): Map<string, LiveFile> =>
    new Map([["/etc/app.conf", { kind: "file", content: Buffer.from(content), mode }]]);
  const compare = (
    files: ReadonlyMap<string, LiveFile>,
    secret: ("envs" | "uploads")[] = ["envs"],
  ) => compareContainer(subjectOf(sampleInputs, documentOf(sampleInputs), { files, secret }));

  test("an edited one is shown as a diff", () => {
    expect(compare(edited("interval: 50s\n"))).toMatchObject([
      {
        property: "file /etc/app.conf",
        mend: "replace",
        diff: "@@ -1,1 +1,1 @@\n-interval: 5s\n+interval: 50s",
      },
    ]);
  });

  test("one with a secret is shown by hashes alone", () => {
    for (const items of [
      compare(edited("interval: 50s\n"), ["envs", "uploads"]),
      compare(edited("interval: 5s\nrequirepass correct-horse\n")),
    ]) {
      expect(items).toHaveLength(1);
      expect(items[0]).not.toHaveProperty("diff");
      expect(items[0]?.actual).toMatch(/^hidden \(hmac [0-9a-f]{12}\), mode 0444$/);
    }
  });

  test("a line that may set a secret nobody knows is withheld", () => {
    const [item] = compare(edited("interval: 5s\napi_key: 5ecr3t\n"));
    expect(item?.diff).toMatch(/^@@ -1,1 \+1,2 @@\n interval: 5s\n\+hidden \(hmac [0-9a-f]{12}\)$/);
  });

  test("other permissions, a missing one, and a link", () => {
    const [mode] = compare(edited("interval: 5s\n", 0o644));
    expect(mode).toMatchObject({ actual: expect.stringMatching(/, mode 0644$/) as string });
    expect(mode).not.toHaveProperty("diff");
    const missing = new Map([["/etc/app.conf", { kind: "missing" } as const]]);
    expect(compare(missing)).toMatchObject([{ actual: "missing" }]);
    const link = new Map([["/etc/app.conf", { kind: "other", what: "a link" } as const]]);
    expect(compare(link)).toMatchObject([{ actual: "a link" }]);
  });
});

describe("a container in another's place", () => {
  const other = documentOf(sampleInputs);
  other.Id = "e4cadbc7987e".padEnd(64, "0");
  other.Config.Hostname = "e4cadbc7987e";
  other.Config.Env[0] = "LOG_LEVEL=debug";

  test("is told from the one that was deployed, and so is what is different in it", () => {
    const items = compareContainer(subjectOf(sampleInputs, other));
    expect(items.map(({ property, actual, mend }) => [property, actual, mend])).toEqual([
      ["container", "e4cadbc7987e, made by hand", "replace"],
      ["env.LOG_LEVEL", "debug", "replace"],
      ["network astratrade-dev-trading", "connected as c8791d393c47, trading-service", "replace"],
    ]);
    expect(items.some((it) => "byHand" in it)).toBe(false);
  });

  test("that does not say it is of the stack is for a person to remove", () => {
    const foreign = structuredClone(other);
    foreign.Config.Labels = {};
    const [item] = compareContainer(subjectOf(sampleInputs, foreign));
    expect(item?.byHand).toContain("docker rm -f trading-service");
  });
});

test("one that is gone is made again", () => {
  expect(missingContainer(deployedOf(sampleInputs))).toMatchObject({
    property: "state",
    actual: "removed",
    mend: "create",
  });
});

test("no secret is in anything that was found, wherever somebody has put it", () => {
  const anySecret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/);
  fc.assert(
    fc.property(anySecret, anySecret, (known, typed) => {
      fc.pre(known !== typed);
      const inputs = { ...sampleInputs, envs: ["LOG_LEVEL=info", `REDIS_PASSWORD=${known}`] };
      const document = documentOf(inputs);
      document.Config.Env = [
        `LOG_LEVEL=${known}`,
        `REDIS_PASSWORD=${typed}`,
        `SOMETHING=${typed}`,
        `URL=redis://me:${typed}@redis:6379`,
      ];
      document.Config.Cmd = [
        "redis-server",
        "--requirepass",
        typed,
        `--masterauth=${typed}`,
        known,
      ];
      document.Config.Healthcheck.Test = ["CMD", "redis-cli", "-a", known];
      document.Config.Labels = { note: `it is ${known}`, "api-token": typed };
      document.HostConfig.LogConfig.Config = { "splunk-token": typed };
      const files = filesOf(inputs);
      files.set("/etc/app.conf", {
        kind: "file",
        content: Buffer.from(`interval: 5s\npassword=${typed}\n`),
        mode: 0o444,
      });
      const items = compareContainer(subjectOf(inputs, document, { secrets: [known], files }));
      const text = JSON.stringify(items);
      expect(items.length).toBeGreaterThan(8);
      expect(text).not.toContain(known);
      expect(text).not.toContain(typed);
    }),
  );
});
