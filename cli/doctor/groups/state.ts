import { npmCommand } from "../../npm-command.ts";
import type { Facts, FileLook } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { count } from "../words.ts";

/** Rights of group and others. */
const notOurs = 0o077;
/** Tokens and heartbeats are given some seconds; beyond this, time stamps of engine and reports disagree. */
const mostSkewMs = 5000;

const kinds = {
  ready: { severity: "passed", meaning: "Home, passphrase and backend are in order." },
  clock: { severity: "passed", meaning: "The engine's clock agrees with this machine's." },
  "home-readable": {
    severity: "warning",
    meaning: "Others may read or enter the home, where state and passphrase are.",
    remedy: "`chmod 700 ~/.astratrade`",
    mendedBySetUp: true,
  },
  "home-not-writable": {
    severity: "refusal",
    meaning: "The home cannot be written to, or cannot be made.",
    remedy: "`ASTRATRADE_HOME`, or the folder's owner and rights.",
  },
  "passphrase-readable": {
    severity: "warning",
    meaning: "Others may read the passphrase, with which every secret of every stack can be read.",
    remedy: "`chmod 600 ~/.astratrade/passphrase`",
  },
  "passphrase-missing": {
    severity: "refusal",
    meaning: "The passphrase is gone, and there is state that was encrypted with it.",
    remedy: "Put the file back from a backup.",
  },
  "passphrase-empty": {
    severity: "refusal",
    meaning: "The passphrase file is empty.",
    remedy: "Put the passphrase back; delete the file if there are no stacks yet.",
  },
  "backend-not-writable": {
    severity: "refusal",
    meaning: "The folder of Pulumi's state cannot be written to.",
    remedy: "The folder's owner and rights, or `ASTRATRADE_BACKEND_URL`.",
  },
  "backend-elsewhere": {
    severity: "info",
    meaning: "Pulumi's state is not on this machine, so it was not looked at.",
  },
  skew: {
    severity: "warning",
    meaning:
      "The engine's clock is more than 5 s off: tokens expire early or late, time stamps in reports disagree.",
    remedy: "Switch time synchronisation on, on both machines: `timedatectl set-ntp true`.",
  },
  locked: {
    severity: "warning",
    meaning: "Another command works on the stack now.",
    remedy: "Wait for it, `--wait 10m`.",
  },
  unfinished: {
    severity: "info",
    meaning:
      "An earlier command has not ended in good order; the next `up` repairs what it has left.",
    remedy: "`npm run up`",
  },
  pinned: {
    severity: "info",
    meaning: "A rollback has pinned the stack to a release: plain `pulumi up` deploys that one.",
    remedy: "`npm run up` deploys the source again.",
  },
  "pin-unreadable": {
    severity: "warning",
    meaning:
      "The file that pins the stack to a release cannot be read, and stops plain `pulumi up`.",
    remedy: "`npm run up` removes it.",
  },
} as const;

/** Whether what must not be lost is where it should be, protected, and free to be worked with. */
export const state = defineGroup({
  name: "state",
  kinds,
  examine: (facts, found) => {
    const files = fileProblems(facts, found);
    const { home, backend } = facts.files;
    const ready = found("ready", {
      message:
        home.mode === null
          ? `home ${home.path} can be made`
          : `home ${home.path} in order, state in ${"path" in backend ? backend.path : backend.url}`,
    });
    return [
      ...(files.some(({ severity }) => severity !== "info") ? files : [...files, ready]),
      ...clock(facts, found),
      ...unfinished(facts, found),
      ...pinned(facts, found),
    ];
  },
});

type FoundState = Found<keyof typeof kinds>;

function fileProblems({ files, state: look }: Facts, found: FoundState): Finding[] {
  const { home, passphrase, backend } = files;
  const findings: (Finding | false)[] = [
    !home.writable &&
      found("home-not-writable", {
        subject: home.path,
        message: `The home ${home.path} cannot be ${home.mode === null ? "made" : "written to"} by this user.`,
        remedy: "Change its owner or rights, or set ASTRATRADE_HOME to a folder of your own.",
      }),
    isOpen(home) &&
      found("home-readable", {
        subject: home.path,
        message: `Other users may enter the home ${home.path} (mode ${octal(home)}), where state and passphrase are.`,
        remedy: `chmod 700 ${home.path}`,
      }),
    isOpen(passphrase) &&
      !passphrase.overridden &&
      found("passphrase-readable", {
        subject: passphrase.path,
        message: `Other users may read the passphrase ${passphrase.path} (mode ${octal(passphrase)}), and with it the secrets of every stack.`,
        remedy: `chmod 600 ${passphrase.path}`,
      }),
    passphrase.mode === null &&
      !passphrase.overridden &&
      (look.stack?.isKnown ?? false) &&
      found("passphrase-missing", {
        subject: passphrase.path,
        message: `The passphrase ${passphrase.path} is gone; the state that is there was encrypted with it, and no other opens it.`,
        remedy:
          "Put the file back from a backup, or set PULUMI_CONFIG_PASSPHRASE to what was in it.",
      }),
    passphrase.empty &&
      !passphrase.overridden &&
      found("passphrase-empty", {
        subject: passphrase.path,
        message: `The passphrase file ${passphrase.path} is empty.`,
        remedy:
          "Put the passphrase of your stacks back into it; if there are no stacks yet, delete it.",
      }),
    "path" in backend
      ? !backend.writable &&
        home.writable &&
        found("backend-not-writable", {
          subject: backend.path,
          message: `Pulumi's state in ${backend.path} cannot be written to by this user.`,
          remedy:
            "Change the folder's owner or rights, or set ASTRATRADE_BACKEND_URL to another backend.",
        })
      : found("backend-elsewhere", {
          subject: backend.url,
          message: `Pulumi's state is at ${backend.url} and was not looked at.`,
        }),
  ];
  return findings.filter((finding) => finding !== false);
}

function clock({ engine }: Facts, found: FoundState): Finding[] {
  if (!engine.answers) return [];
  const { clockSkewMs } = engine.info;
  const seconds = Math.abs(clockSkewMs) / 1000;
  if (Math.abs(clockSkewMs) <= mostSkewMs) {
    return [found("clock", { message: "the engine's clock agrees with this machine's" })];
  }
  return [
    found("skew", {
      message: `The engine's clock is ${seconds.toFixed(1)} s ${clockSkewMs > 0 ? "ahead of" : "behind"} this machine's: tokens expire ${clockSkewMs > 0 ? "early" : "late"}, and time stamps in reports disagree.`,
      remedy: "Switch time synchronisation on, on both machines: timedatectl set-ntp true",
    }),
  ];
}

function unfinished(facts: Facts, found: FoundState): Finding[] {
  const { lock, stack } = facts.state;
  if (lock?.isLive === true) {
    return [
      found("locked", {
        message: `Another command works on stack "${facts.stack}": ${lock.description}.`,
        remedy: `Wait for its end, or let \`${npmCommand("up", facts.stack, "--wait", "10m")}\` wait.`,
      }),
    ];
  }
  const left = [
    ...(lock === null ? [] : [`a lock (${lock.description})`]),
    ...((stack?.pendingOperations ?? 0) > 0
      ? [`${count(stack?.pendingOperations ?? 0, "pending operation")} in Pulumi's state`]
      : []),
  ];
  if (left.length === 0) return [];
  return [
    found("unfinished", {
      message: `An earlier command on stack "${facts.stack}" has not ended in good order and has left ${left.join(" and ")}.`,
      remedy: `\`${npmCommand("up", facts.stack)}\` repairs it.`,
    }),
  ];
}

function pinned(facts: Facts, found: FoundState): Finding[] {
  const { pin } = facts.state;
  if (pin === null) return [];
  if (typeof pin !== "number") {
    return [
      found("pin-unreadable", {
        message: `The file that pins stack "${facts.stack}" to a release cannot be read (${pin.problem}); plain \`pulumi up\` stops on it.`,
        remedy: `\`${npmCommand("up", facts.stack)}\` removes it and deploys the source.`,
      }),
    ];
  }
  return [
    found("pinned", {
      message: `A rollback has pinned stack "${facts.stack}" to release ${pin}: plain \`pulumi up\` deploys that one.`,
      remedy: `\`${npmCommand("up", facts.stack)}\` deploys the source again.`,
    }),
  ];
}

function isOpen({ mode }: FileLook): boolean {
  return mode !== null && (mode & notOurs) !== 0;
}

function octal({ mode }: FileLook): string {
  return ((mode ?? 0) & 0o777).toString(8).padStart(3, "0");
}
