import { expect, test } from "vitest";
import { checkGroup } from "../testing/check-group.ts";
import { healthyFacts, withFiles, withInfo, withState } from "../testing/facts.ts";
import { state } from "./state.ts";

const facts = healthyFacts();
const { home, passphrase } = facts.files;
const backend = { path: "/home/kim/.astratrade/state", mode: 0o755, writable: true };
const known = { isKnown: true, ids: [], runtimeImage: null, pendingOperations: 0 };
const lock = "`npm run up` by kim on trader, process 4711, for 3 minutes";

checkGroup(state, [
  {
    kind: "ready",
    facts,
    message: "home /home/kim/.astratrade in order, state in /home/kim/.astratrade/state",
  },
  {
    kind: "ready",
    facts: withFiles(facts, { home: { ...home, mode: null } }),
    message: "home /home/kim/.astratrade can be made",
  },
  { kind: "clock", facts, message: "the engine's clock agrees with this machine's" },
  {
    kind: "home-readable",
    facts: withFiles(facts, { home: { ...home, mode: 0o755 } }),
    subject: "/home/kim/.astratrade",
    message:
      "Other users may enter the home /home/kim/.astratrade (mode 755), where state and passphrase are.",
    remedy: "chmod 700 /home/kim/.astratrade",
  },
  {
    kind: "home-not-writable",
    facts: withFiles(facts, { home: { ...home, writable: false } }),
    subject: "/home/kim/.astratrade",
    message: "The home /home/kim/.astratrade cannot be written to by this user.",
    remedy: "Change its owner or rights, or set ASTRATRADE_HOME to a folder of your own.",
  },
  {
    kind: "home-not-writable",
    facts: withFiles(facts, { home: { ...home, mode: null, writable: false } }),
    subject: "/home/kim/.astratrade",
    message: "The home /home/kim/.astratrade cannot be made by this user.",
    remedy: "Change its owner or rights, or set ASTRATRADE_HOME to a folder of your own.",
  },
  {
    kind: "passphrase-readable",
    facts: withFiles(facts, { passphrase: { ...passphrase, mode: 0o644 } }),
    subject: "/home/kim/.astratrade/passphrase",
    message:
      "Other users may read the passphrase /home/kim/.astratrade/passphrase (mode 644), and with it the secrets of every stack.",
    remedy: "chmod 600 /home/kim/.astratrade/passphrase",
  },
  {
    kind: "passphrase-missing",
    facts: withFiles(facts, { passphrase: { ...passphrase, mode: null } }),
    subject: "/home/kim/.astratrade/passphrase",
    message:
      "The passphrase /home/kim/.astratrade/passphrase is gone; the state that is there was encrypted with it, and no other opens it.",
    remedy: "Put the file back from a backup, or set PULUMI_CONFIG_PASSPHRASE to what was in it.",
  },
  {
    kind: "passphrase-empty",
    facts: withFiles(facts, { passphrase: { ...passphrase, empty: true } }),
    subject: "/home/kim/.astratrade/passphrase",
    message: "The passphrase file /home/kim/.astratrade/passphrase is empty.",
    remedy:
      "Put the passphrase of your stacks back into it; if there are no stacks yet, delete it.",
  },
  {
    kind: "backend-not-writable",
    facts: withFiles(facts, { backend: { ...backend, writable: false } }),
    subject: "/home/kim/.astratrade/state",
    message: "Pulumi's state in /home/kim/.astratrade/state cannot be written to by this user.",
    remedy:
      "Change the folder's owner or rights, or set ASTRATRADE_BACKEND_URL to another backend.",
  },
  {
    kind: "backend-elsewhere",
    facts: withFiles(facts, { backend: { url: "s3://trading-state" } }),
    subject: "s3://trading-state",
    message: "Pulumi's state is at s3://trading-state and was not looked at.",
  },
  {
    kind: "skew",
    facts: withInfo(facts, { clockSkewMs: 5001 }),
    message:
      "The engine's clock is 5.0 s ahead of this machine's: tokens expire early, and time stamps in reports disagree.",
    remedy: "Switch time synchronisation on, on both machines: timedatectl set-ntp true",
  },
  {
    kind: "skew",
    facts: withInfo(facts, { clockSkewMs: -90_000 }),
    message:
      "The engine's clock is 90.0 s behind this machine's: tokens expire late, and time stamps in reports disagree.",
    remedy: "Switch time synchronisation on, on both machines: timedatectl set-ntp true",
  },
  {
    kind: "locked",
    facts: withState(facts, { lock: { description: lock, isLive: true } }),
    message: `Another command works on stack "dev": ${lock}.`,
    remedy: "Wait for its end, or let `npm run up -- --wait 10m` wait.",
  },
  {
    kind: "unfinished",
    facts: withState(facts, {
      lock: { description: lock, isLive: false },
      stack: { ...known, pendingOperations: 2 },
    }),
    message: `An earlier command on stack "dev" has not ended in good order and has left a lock (${lock}) and 2 pending operations in Pulumi's state.`,
    remedy: "`npm run up` repairs it.",
  },
  {
    kind: "pinned",
    facts: withState(facts, { pin: 3 }),
    message: 'A rollback has pinned stack "dev" to release 3: plain `pulumi up` deploys that one.',
    remedy: "`npm run up` deploys the source again.",
  },
  {
    kind: "pin-unreadable",
    facts: withState(healthyFacts({}, "qa"), { pin: { problem: "Unexpected end of JSON input" } }),
    message:
      'The file that pins stack "qa" to a release cannot be read (Unexpected end of JSON input); plain `pulumi up` stops on it.',
    remedy: "`npm run up -- --stack qa` removes it and deploys the source.",
  },
]);

test.each([0o644, null])(
  "a passphrase in the environment goes before the file, whatever is wrong with that (mode %s)",
  (mode) => {
    const files = { passphrase: { ...passphrase, mode, empty: true, overridden: true } };
    expect(state.examine(withFiles(facts, files)).map(({ id }) => id)).toEqual([
      "state.ready",
      "state.clock",
    ]);
  },
);

test("what the group alone may read is open too, and then nothing is said to be in order", () => {
  const files = { home: { ...home, mode: 0o750 }, passphrase: { ...passphrase, mode: 0o640 } };
  expect(state.examine(withFiles(facts, files)).map(({ id }) => id)).toEqual([
    "state.home-readable",
    "state.passphrase-readable",
    "state.clock",
  ]);
});

test("a home that cannot be written to is said once, and not of the state in it again", () => {
  const files = { home: { ...home, writable: false }, backend: { ...backend, writable: false } };
  expect(state.examine(withFiles(facts, files)).map(({ id }) => id)).toEqual([
    "state.home-not-writable",
    "state.clock",
  ]);
});

test("no passphrase and no state is a machine that is new", () => {
  const look = withState(withFiles(facts, { passphrase: { ...passphrase, mode: null } }), {
    stack: { ...known, isKnown: false },
  });
  expect(state.examine(look).map(({ id }) => id)).toEqual(["state.ready", "state.clock"]);
});
