import { checkGroup } from "../testing/check-group.ts";
import { healthyFacts, machineFacts, withEngine, withInfo } from "../testing/facts.ts";
import { engine } from "./engine.ts";

const facts = healthyFacts();
const attempts = [
  {
    host: "unix:///var/run/docker.sock",
    source: "the default socket",
    reason: "there is no such socket",
  },
];

checkGroup(engine, [
  {
    kind: "answers",
    facts,
    message:
      "Docker 28.5.1 at unix:///var/run/docker.sock, API 1.51, linux/amd64, overlay2, cgroup v2",
  },
  { kind: "limits", facts, message: "limits of memory, swap and CPU work" },
  {
    kind: "absent",
    facts: { ...facts, engine: { answers: false, attempts, upWill: "start" } },
    message:
      "No Docker engine answers (unix:///var/run/docker.sock (the default socket): there is no such socket); " +
      "`npm run up` starts the one that is installed here.",
    remedy: "Run `npm run up`; what needs an engine is looked at then.",
  },
  {
    kind: "absent",
    facts: { ...facts, engine: { answers: false, attempts, upWill: "install" } },
    message:
      "No Docker engine answers (unix:///var/run/docker.sock (the default socket): there is no such socket); " +
      "`npm run up` installs Debian's.",
    remedy: "Run `npm run up`; what needs an engine is looked at then.",
  },
  {
    kind: "away",
    facts: { ...facts, engine: { answers: false, attempts, upWill: null } },
    message:
      "No Docker engine answers. Tried unix:///var/run/docker.sock (the default socket): there is no such socket.",
    remedy: "Start Docker, or set DOCKER_HOST to an engine that runs.",
  },
  {
    kind: "changed",
    facts: withEngine(
      {
        ...facts,
        machine: machineFacts({ engine: { ...machineFacts().engine, host: "ssh://kim@prod-1" } }),
      },
      { source: "DOCKER_HOST" },
    ),
    message:
      "Set-up last used the engine at ssh://kim@prod-1; now DOCKER_HOST names unix:///var/run/docker.sock. " +
      "What runs there stays there, and Pulumi's state takes it for gone.",
    remedy: "Go back to that engine, or use another ASTRATRADE_HOME for this one.",
  },
  {
    kind: "api",
    facts: withInfo(facts, { version: "19.03.15", apiVersion: "1.40" }),
    message:
      "The engine at unix:///var/run/docker.sock is Docker 19.03.15 with API 1.40; the oldest that works is 1.41.",
    remedy: "Update it to Docker Engine 20.10 or later.",
  },
  {
    kind: "start-interval",
    facts: withInfo(facts, { apiVersion: "1.43" }),
    message:
      "The engine's API 1.43 has no startInterval for health checks: they run every 3 s instead of every 10 s.",
    remedy: "Docker Engine 25 or later has it.",
  },
  {
    kind: "platform",
    facts: withInfo(facts, { os: "windows" }),
    message:
      "The engine runs containers for windows/amd64; the platform's images are for linux/amd64 and linux/arm64.",
    remedy: "Set DOCKER_HOST to an engine for Linux containers on amd64 or arm64.",
  },
  {
    kind: "memory-limit",
    facts: withInfo(facts, { memoryLimit: false, swapLimit: false }),
    message: "The engine cannot limit memory: its kernel has the memory controller off.",
    remedy: "Start the kernel with cgroup_enable=memory cgroup_memory=1.",
  },
  {
    kind: "swap-limit",
    facts: withInfo(facts, { swapLimit: false }),
    message:
      "The engine cannot limit swap: a container beyond its memory limit swaps instead of being ended.",
    remedy: "Start the engine's kernel with swapaccount=1, or switch swap off there.",
  },
  {
    kind: "cpu-limit",
    facts: withInfo(facts, { cpuQuota: false }),
    message:
      "The engine cannot limit CPU: its kernel has no CFS quota, or the engine may not use it.",
    remedy:
      "Use a kernel with CONFIG_CFS_BANDWIDTH; for a rootless engine, cgroup v2 with the cpu controller delegated to the user.",
  },
  {
    kind: "containerd-store",
    facts: withInfo(facts, { containerdStore: true }),
    message:
      "The engine keeps images in containerd's store, where Pulumi's Docker provider may fail to build with " +
      '"failed to read downloaded context" (pulumi-docker #967).',
    remedy:
      'If the deploy fails so, set "features": {"containerd-snapshotter": false} in the engine\'s daemon.json and restart it.',
  },
  {
    kind: "storage-driver",
    facts: withInfo(facts, { storageDriver: "vfs" }),
    message:
      "The engine's storage driver is vfs, which keeps a full copy of each image layer for each container.",
    remedy: "Put the engine's data on a file system that overlay2 works on, such as ext4 or xfs.",
  },
  {
    kind: "forwarding",
    facts: withInfo(facts, { ipForwarding: false }),
    message: "IPv4 forwarding is off on the engine's machine: published ports lead nowhere.",
    remedy: "Switch it on there: sysctl -w net.ipv4.ip_forward=1.",
  },
  {
    kind: "rootless",
    facts: withInfo(facts, { rootless: true }),
    message: "The engine is rootless: it runs without root's rights.",
  },
  {
    kind: "live-restore",
    facts: withInfo(facts, { liveRestore: false }),
    message: "Containers stop while the engine restarts (live-restore is off).",
    remedy: 'Set "live-restore": true in the engine\'s daemon.json to keep them running.',
  },
  {
    kind: "unanswered",
    facts: withEngine(facts, {
      unanswered: [{ what: "networks", reason: "no answer within 5 s" }],
    }),
    message:
      "The engine left questions open: networks (no answer within 5 s). What depends on them was not looked at.",
    remedy: "Run `npm run doctor` again when the engine is less busy.",
  },
]);
