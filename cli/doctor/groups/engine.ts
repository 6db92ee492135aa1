import { apiAtLeast, startIntervalApi } from "../../../topology/api-version.ts";
import { npmCommand } from "../../npm-command.ts";
import type { AbsentEngine, AnsweringEngine, Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { list } from "../words.ts";

/** Docker Engine 20.10: the oldest whose API has all that the deployment asks of it. */
const oldestApi = "1.41";
const architectures = ["amd64", "arm64"];

const kinds = {
  answers: { severity: "passed", meaning: "The engine answers, and its API is new enough." },
  limits: { severity: "passed", meaning: "The engine can limit memory, swap and CPU." },
  absent: {
    severity: "info",
    meaning: "No engine answers, and `up` starts the one that is installed, or installs one.",
    remedy: "`npm run up`",
  },
  away: {
    severity: "refusal",
    meaning: "No engine answers, and `up` must not or cannot start one.",
    remedy: "Start Docker, or set `DOCKER_HOST` to an engine that runs.",
  },
  changed: {
    severity: "warning",
    meaning: "Set-up last used another engine than the one that is named now.",
    remedy:
      "Unset `DOCKER_HOST` or change the Docker context to go back to it. A stack that runs there stays there, unknown here.",
  },
  api: {
    severity: "refusal",
    meaning: "The engine's API is older than 1.41.",
    remedy: "Update Docker to Engine 20.10 or later.",
  },
  "start-interval": {
    severity: "info",
    meaning: "The engine's API is older than 1.44, so health checks run every 3 s instead of 10 s.",
    remedy: "Docker Engine 25 or later brings `startInterval`.",
  },
  platform: {
    severity: "refusal",
    meaning:
      "The engine runs no Linux containers, or on another architecture than amd64 and arm64.",
    remedy: "Set `DOCKER_HOST` to an engine for Linux containers on amd64 or arm64.",
  },
  "memory-limit": {
    severity: "refusal",
    meaning: "The engine cannot limit memory.",
    remedy: "Start its kernel with `cgroup_enable=memory cgroup_memory=1`.",
  },
  "swap-limit": {
    severity: "warning",
    meaning: "The engine cannot limit swap: a container beyond its memory limit swaps.",
    remedy: "Start the engine's kernel with `swapaccount=1`, or switch swap off there.",
  },
  "cpu-limit": {
    severity: "refusal",
    meaning: "The engine cannot limit CPU.",
    remedy:
      "A kernel with `CONFIG_CFS_BANDWIDTH`; rootless: cgroup v2 with the cpu controller delegated.",
  },
  "containerd-store": {
    severity: "warning",
    meaning:
      "Images lie in containerd's store, where Pulumi's Docker provider may fail to build (pulumi-docker #967).",
    remedy:
      'Set `"features": {"containerd-snapshotter": false}` in the engine\'s daemon.json and restart it.',
  },
  "storage-driver": {
    severity: "warning",
    meaning: "The storage driver is `vfs`, which keeps a full copy of each layer.",
    remedy: "Put the engine's data on a file system that overlay2 works on, such as ext4 or xfs.",
  },
  forwarding: {
    severity: "warning",
    meaning: "IPv4 forwarding is off, so published ports lead nowhere.",
    remedy: "`sysctl -w net.ipv4.ip_forward=1` on the engine's machine.",
  },
  rootless: {
    severity: "info",
    meaning: "The engine is rootless; ports below 1024 need a setting of the kernel.",
  },
  "live-restore": {
    severity: "info",
    meaning: "Containers stop while the engine restarts.",
    remedy: 'Set `"live-restore": true` in the engine\'s daemon.json.',
  },
  unanswered: {
    severity: "warning",
    meaning: "The engine left a question open, so what depends on it was not looked at.",
    remedy: "Run `npm run doctor` again when the engine is less busy.",
  },
} as const;

/** What the engine is, and whether the deployment works with it. */
export const engine = defineGroup({
  name: "engine",
  kinds,
  examine: (facts, found) =>
    facts.engine.answers
      ? examineAnswering(facts, facts.engine, found)
      : [examineAbsent(facts.engine, found)],
});

type FoundEngine = Found<keyof typeof kinds>;

function examineAbsent({ attempts, upWill }: AbsentEngine, found: FoundEngine): Finding {
  const tried = attempts.map(({ host, source, reason }) => `${host} (${source}): ${reason}`);
  if (upWill === null) {
    return found("away", {
      message: `No Docker engine answers. Tried ${tried.join("; ")}.`,
      remedy: "Start Docker, or set DOCKER_HOST to an engine that runs.",
    });
  }
  const deed = { start: "starts the one that is installed here", install: "installs Debian's" };
  return found("absent", {
    message: `No Docker engine answers (${tried.join("; ")}); \`npm run up\` ${deed[upWill]}.`,
    remedy: "Run `npm run up`; what needs an engine is looked at then.",
  });
}

function examineAnswering(facts: Facts, look: AnsweringEngine, found: FoundEngine): Finding[] {
  const { host, info, unanswered } = look;
  const findings: (Finding | false)[] = [
    apiAtLeast(info.apiVersion, oldestApi)
      ? found("answers", {
          message:
            `Docker ${info.version} at ${host}, API ${info.apiVersion}, ${info.os}/${info.arch}, ` +
            `${info.storageDriver}, cgroup v${info.cgroupVersion}`,
        })
      : found("api", {
          message: `The engine at ${host} is Docker ${info.version} with API ${info.apiVersion}; the oldest that works is ${oldestApi}.`,
          remedy: "Update it to Docker Engine 20.10 or later.",
        }),
    changed(facts, look, found),
    !apiAtLeast(info.apiVersion, startIntervalApi) &&
      apiAtLeast(info.apiVersion, oldestApi) &&
      found("start-interval", {
        message: `The engine's API ${info.apiVersion} has no startInterval for health checks: they run every 3 s instead of every 10 s.`,
        remedy: "Docker Engine 25 or later has it.",
      }),
    (info.os !== "linux" || !architectures.includes(info.arch)) &&
      found("platform", {
        message: `The engine runs containers for ${info.os}/${info.arch}; the platform's images are for linux/amd64 and linux/arm64.`,
        remedy: "Set DOCKER_HOST to an engine for Linux containers on amd64 or arm64.",
      }),
    ...limits(info, found),
    info.containerdStore &&
      found("containerd-store", {
        message:
          "The engine keeps images in containerd's store, where Pulumi's Docker provider may fail to build with " +
          '"failed to read downloaded context" (pulumi-docker #967).',
        remedy:
          'If the deploy fails so, set "features": {"containerd-snapshotter": false} in the engine\'s daemon.json and restart it.',
      }),
    info.storageDriver === "vfs" &&
      found("storage-driver", {
        message:
          "The engine's storage driver is vfs, which keeps a full copy of each image layer for each container.",
        remedy:
          "Put the engine's data on a file system that overlay2 works on, such as ext4 or xfs.",
      }),
    !info.ipForwarding &&
      found("forwarding", {
        message: "IPv4 forwarding is off on the engine's machine: published ports lead nowhere.",
        remedy: "Switch it on there: sysctl -w net.ipv4.ip_forward=1.",
      }),
    info.rootless &&
      found("rootless", { message: "The engine is rootless: it runs without root's rights." }),
    !info.liveRestore &&
      found("live-restore", {
        message: "Containers stop while the engine restarts (live-restore is off).",
        remedy: 'Set "live-restore": true in the engine\'s daemon.json to keep them running.',
      }),
    unanswered.length > 0 &&
      found("unanswered", {
        message: `The engine left questions open: ${list(unanswered.map(({ what, reason }) => `${what} (${reason})`))}. What depends on them was not looked at.`,
        remedy: `Run \`${npmCommand("doctor", facts.stack)}\` again when the engine is less busy.`,
      }),
  ];
  return findings.filter((finding) => finding !== false);
}

/** Whoever goes over to another engine should mean it. */
function changed(
  { machine }: Facts,
  { host, source }: AnsweringEngine,
  found: FoundEngine,
): Finding | false {
  const before = machine?.engine.host;
  if (before === undefined || before === host) return false;
  return found("changed", {
    message: `Set-up last used the engine at ${before}; now ${source} names ${host}. What runs there stays there, and Pulumi's state takes it for gone.`,
    remedy: "Go back to that engine, or use another ASTRATRADE_HOME for this one.",
  });
}

function limits(info: AnsweringEngine["info"], found: FoundEngine): (Finding | false)[] {
  const { memoryLimit, swapLimit, cpuQuota } = info;
  return [
    memoryLimit &&
      swapLimit &&
      cpuQuota &&
      found("limits", { message: "limits of memory, swap and CPU work" }),
    !memoryLimit &&
      found("memory-limit", {
        message: "The engine cannot limit memory: its kernel has the memory controller off.",
        remedy: "Start the kernel with cgroup_enable=memory cgroup_memory=1.",
      }),
    memoryLimit &&
      !swapLimit &&
      found("swap-limit", {
        message:
          "The engine cannot limit swap: a container beyond its memory limit swaps instead of being ended.",
        remedy: "Start the engine's kernel with swapaccount=1, or switch swap off there.",
      }),
    !cpuQuota &&
      found("cpu-limit", {
        message:
          "The engine cannot limit CPU: its kernel has no CFS quota, or the engine may not use it.",
        remedy:
          "Use a kernel with CONFIG_CFS_BANDWIDTH; for a rootless engine, cgroup v2 with the cpu controller delegated to the user.",
      }),
  ];
}
