import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import { defineCheck, equal, verdict, type Check } from "./check.ts";
import { containerKey, list } from "./naming.ts";
import { both, existing, item } from "./reader.ts";

/** Each container is the one that was built, and may do no more than it needs. */
export function hardeningChecks(deployment: Deployment): Check[] {
  return deployment.containers.flatMap((container) => checksOf(deployment, container));
}

const recreate = (name: string): string =>
  `Somebody made ${name} anew by hand, or an update stopped half-way: \`npm run up\` brings it back to what was decided.`;

function checksOf(deployment: Deployment, container: DeployedContainer): Check[] {
  const { name } = container;
  const key = containerKey(deployment, container);
  return [
    defineCheck({
      id: `containers.image.${key}`,
      group: "containers",
      severity: "blocker",
      title: `${name} runs the image that was deployed`,
      failureTitle: `${name} runs another image than was deployed`,
      why: "What was tested is one image, known by its id; a tag can come to mean another one.",
      remedy: recreate(name),
      reads: both(existing(name), item("images", container.image)),
      judge: ([facts, image]) => equal(facts.imageId, image.id),
    }),
    defineCheck({
      id: `containers.user.${key}`,
      group: "containers",
      severity: "major",
      title: `${name} does not run as root`,
      failureTitle: `${name} runs as another user than was decided`,
      why: "Whoever breaks into a process has its user's rights.",
      remedy: recreate(name),
      reads: existing(name),
      judge: ({ user }) =>
        verdict(user === container.user && !isRoot(user), {
          expected: isRoot(container.user) ? "a user that is not root" : container.user,
          actual: user === "" ? "root" : user,
        }),
    }),
    defineCheck({
      id: `containers.read-only.${key}`,
      group: "containers",
      severity: "major",
      title: `${name} has the root file system that was decided`,
      failureTitle: `${name} has another root file system than was decided`,
      why: "A read-only root keeps an intruder from leaving a program behind.",
      remedy: recreate(name),
      reads: existing(name),
      judge: ({ readOnlyRoot }) => equal(rootText(readOnlyRoot), rootText(container.readOnly)),
    }),
    defineCheck({
      id: `containers.engine-socket.${key}`,
      group: "containers",
      severity: "blocker",
      title: `${name} cannot command the engine`,
      failureTitle: `${name} can command the engine`,
      why: "Who reaches the engine's socket is root on the machine.",
      remedy: recreate(name),
      reads: existing(name),
      judge: ({ mounts }) =>
        equal(list(mounts.filter(isEngineSocket).map(({ source }) => source)), "none"),
    }),
    defineCheck({
      id: `containers.privileges.${key}`,
      group: "containers",
      severity: "major",
      title: `${name} has no privileges and cannot gain any`,
      failureTitle: `${name} has more privileges than it needs`,
      why: "Capabilities and set-user-id programs are the usual way from a container to its host.",
      remedy: recreate(name),
      reads: existing(name),
      judge: ({ privileged, capabilitiesDropped, securityOptions }) => {
        const lacking = [
          ...(privileged ? ["privileged"] : []),
          ...(capabilitiesDropped.includes("ALL") ? [] : ["keeps capabilities"]),
          ...(securityOptions.some(isNoNewPrivileges) ? [] : ["may gain privileges"]),
        ];
        const expected = "no capabilities, no new privileges";
        return equal(lacking.length === 0 ? expected : lacking.join(", "), expected);
      },
    }),
    defineCheck({
      id: `containers.log-rotation.${key}`,
      group: "containers",
      severity: "minor",
      title: `The log of ${name} is bounded`,
      failureTitle: `The log of ${name} grows without bound`,
      why: "A log that is never cut fills the disk, and then Redis can no longer write.",
      remedy: recreate(name),
      reads: existing(name),
      judge: ({ logDriver, logOptions }) => {
        const bounded =
          logDriver !== "json-file" ||
          (logOptions["max-size"] !== undefined && logOptions["max-file"] !== undefined);
        const actual = `${logDriver} ${logOptions["max-file"] ?? "any number"} × ${logOptions["max-size"] ?? "any size"}`;
        return verdict(bounded, { expected: "a size and a number of files", actual });
      },
    }),
  ];
}

function isRoot(user: string): boolean {
  return /^(?:|0|root)(?::|$)/.test(user);
}

function isEngineSocket({ source }: { readonly source: string }): boolean {
  return /(?:docker|containerd|podman)\.sock$/.test(source);
}

function isNoNewPrivileges(option: string): boolean {
  return /^no-new-privileges(?:[:=]true)?$/.test(option);
}

function rootText(readOnly: boolean): string {
  return readOnly ? "read-only" : "writable";
}
