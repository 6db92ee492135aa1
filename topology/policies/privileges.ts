import { containerRule, isRecord, recipe, type Policy } from "./policy.ts";

/** Capabilities that a container may keep. None needs one: all listen above port 1024 and start as their own user. */
const allowedCapabilities: readonly string[] = [];

const namespace = (property: string): Policy =>
  containerRule({
    id: "own-namespaces",
    property,
    isAllowed: (value) => !(typeof value === "string" && /^(host$|container:)/.test(value)),
    allowed: "a namespace of its own: not the host's, and not another container's",
    wayOut: `Take it out of the container's inputs (${recipe}).`,
  });

/** What a process that has been taken over could do to the machine. */
export const privilegePolicies: readonly Policy[] = [
  containerRule({
    id: "user",
    property: "user",
    isAllowed: (value) => typeof value === "string" && !/^(|root|0+)(:.*)?$/.test(value),
    allowed: "a user, and not root",
    wayOut: "Set the user of its plan in topology/container-plans.ts.",
  }),
  containerRule({
    id: "capabilities",
    property: "capabilities",
    isAllowed: (value) =>
      isRecord(value) &&
      asList(value.drops).includes("ALL") &&
      asList(value.adds).every((it) => allowedCapabilities.includes(String(it))),
    allowed: 'drops ["ALL"], adds nothing',
    wayOut: `Set it in ${recipe}.`,
  }),
  containerRule({
    id: "no-new-privileges",
    property: "securityOpts",
    isAllowed: (value) => asList(value).includes("no-new-privileges:true"),
    allowed: 'a list with "no-new-privileges:true"',
    wayOut: `Set it in ${recipe}.`,
  }),
  containerRule({
    id: "confined",
    property: "securityOpts",
    isAllowed: (value) => !asList(value).some((it) => /[:=](unconfined|disable)$/.test(String(it))),
    allowed: "the engine's own seccomp, AppArmor and SELinux profiles, or stricter ones",
    wayOut: `Take it out of ${recipe}.`,
  }),
  containerRule({
    id: "privileged",
    property: "privileged",
    isAllowed: (value) => value !== true,
    allowed: "false",
    wayOut: `Take it out of the container's inputs (${recipe}).`,
  }),
  ...["networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode"].map(namespace),
];

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
