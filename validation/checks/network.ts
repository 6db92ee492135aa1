import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import { connectionRules, type ConnectionRule } from "../connection-rules.ts";
import type { ConnectionAttempt, ContainerState, Items, PublishedPort } from "../evidence.ts";
import { defineCheck, equal, verdict, type Check, type Outcome } from "./check.ts";
import { containerKey, list, shortName } from "./naming.ts";
import { both, existing, item, section } from "./reader.ts";

/** Who is in which network, who reaches whom, and what the host opens to the outside. */
export function networkChecks(deployment: Deployment): Check[] {
  return [
    ...deployment.networks.flatMap((network) => networkCheck(deployment, network)),
    ...deployment.containers.flatMap((container) => [
      attachmentCheck(deployment, container),
      portCheck(deployment, container),
    ]),
    ...reachabilityChecks(deployment),
    ...deployment.containers.flatMap((container) => adminCheck(deployment, container)),
  ];
}

function networkCheck(
  deployment: Deployment,
  { name, internal, members }: Deployment["networks"][number],
): Check[] {
  const short = shortName(deployment, name);
  return [
    defineCheck({
      id: `network.settings.${short}`,
      group: "network",
      severity: "major",
      title: `The network ${name} is there`,
      failureTitle: `The network ${name} is not as it was decided`,
      why: "Whether a network has a way out is decided when it is made and cannot be changed after.",
      remedy: `\`docker network inspect ${name}\` shows it; \`npm run up\` makes it anew.`,
      reads: item("networks", name),
      judge: (network) => {
        const text = (isInternal: boolean) => (isInternal ? "internal" : "with a way out");
        return equal(network.exists ? text(network.internal) : "does not exist", text(internal));
      },
    }),
    defineCheck({
      id: `network.members.${short}`,
      group: "network",
      severity: "major",
      title: `Only those who belong there are in ${name}`,
      failureTitle: `Others than those who belong there are in ${name}`,
      why: "Being in one network is being reachable.",
      remedy: `\`docker network connect\` and \`docker network disconnect\` with ${name} put it right; \`npm run up\` does so for containers it makes anew.`,
      reads: both(item("networks", name), section("containers")),
      judge: ([network, containers]) => judgeMembers(members, network.members, containers),
    }),
  ];
}

/** The engine lists a container only while it has its place in the network; one that does not run is told elsewhere. */
function judgeMembers(
  decided: readonly string[],
  found: readonly string[],
  containers: Items<ContainerState>,
): Outcome {
  const isRunning = (name: string): boolean => {
    const state = containers[name];
    return (
      state !== undefined &&
      "value" in state &&
      state.value.exists &&
      state.value.status === "running"
    );
  };
  const strangers = found.filter((name) => !decided.includes(name));
  const missing = decided.filter((name) => isRunning(name) && !found.includes(name));
  const expected = list([...decided].sort());
  const differences = [
    ...(strangers.length === 0 ? [] : [`also ${list(strangers)}`]),
    ...(missing.length === 0 ? [] : [`without ${list(missing)}`]),
  ];
  return equal(differences.length === 0 ? expected : differences.join("; "), expected);
}

/**
 * Together with the networks' own settings this is also what keeps a container from having a way out: engines differ in
 * whether an internal network has a default route, and drop what is sent over it either way.
 */
function attachmentCheck(deployment: Deployment, container: DeployedContainer): Check {
  const { name, networks } = container;
  return defineCheck({
    id: `network.attached.${containerKey(deployment, container)}`,
    group: "network",
    severity: "major",
    title: `${name} is in its networks and no other`,
    failureTitle: `${name} is in other networks than was decided`,
    why: "One network too many can be a way to the outside, or to those it must not reach.",
    remedy: `\`docker network connect\` and \`docker network disconnect\` with ${name} put it right; \`npm run up\` does so when it makes the container anew.`,
    reads: existing(name),
    judge: (facts) => equal(list(Object.keys(facts.networks).sort()), list([...networks].sort())),
  });
}

function portCheck(deployment: Deployment, container: DeployedContainer): Check {
  const { name, ports } = container;
  return defineCheck({
    id: `network.ports.${containerKey(deployment, container)}`,
    group: "network",
    severity: "blocker",
    title: `${name} is published as was decided`,
    failureTitle: `${name} is published otherwise than was decided`,
    why: "A port on the wrong address opens the container to everybody who reaches the machine.",
    remedy: `\`docker port ${name}\` shows it; \`npm run up\` makes the container anew with the right ports.`,
    reads: existing(name),
    judge: (facts) => equal(portList(facts.ports), portList(ports)),
  });
}

function portList(ports: readonly PublishedPort[]): string {
  return list(
    ports
      .map(({ hostIp, hostPort, containerPort }) => `${hostIp}:${hostPort}->${containerPort}`)
      .sort(),
  );
}

function reachabilityChecks(deployment: Deployment): Check[] {
  const rules = connectionRules(deployment);
  return deployment.containers.flatMap((container) => {
    const own = rules.filter(({ source }) => source === container.name);
    if (own.length === 0) return [];
    const { name } = container;
    const key = containerKey(deployment, container);
    return [
      defineCheck({
        id: `network.reaches.${key}`,
        group: "network",
        severity: "blocker",
        title: `${name} reaches all it needs`,
        failureTitle: `${name} does not reach all it needs`,
        why: "A service without its datastore or without those it calls cannot answer.",
        remedy: `\`docker inspect ${name}\` shows its networks; the other side has to be in one of them and listen on its port.`,
        settles: true,
        reads: item("reachability", name),
        judge: (attempts) => judgeDuties(own, attempts),
      }),
      defineCheck({
        id: `network.isolated.${key}`,
        group: "network",
        severity: "major",
        title: `${name} reaches nothing it does not need`,
        failureTitle: `${name} reaches what it does not need`,
        why: "Who breaks into one service must not get at the next.",
        remedy: `\`docker inspect ${name}\` shows its networks; take the ones it shares with the other side away from one of the two.`,
        reads: item("reachability", name),
        judge: (attempts) => judgeBans(own, attempts),
      }),
    ];
  });
}

/** What the admin port can do, such as closing a breaker or reading the memory, is for those who watch. */
function adminCheck(deployment: Deployment, container: DeployedContainer): Check[] {
  const { name, adminPort } = container;
  if (adminPort === null) return [];
  const expected = "not published, reached by no service";
  const services = deployment.containers.filter(({ role }) => role === "service");
  const isThere = (it: ConnectionAttempt): boolean => it.target === name && it.port === adminPort;
  return [
    defineCheck({
      id: `network.admin.${containerKey(deployment, container)}`,
      group: "network",
      severity: "blocker",
      title: `The admin port of ${name} is closed to the host's network and to all services`,
      failureTitle: `The admin port of ${name} is open to others than those who watch`,
      why: "Who reaches it can open and close breakers and look into the gateway, without a password.",
      remedy: `\`docker port ${name}\` must not show ${adminPort}, and no service may be in the monitoring network; \`npm run up\` makes the container anew.`,
      reads: both(existing(name), section("reachability")),
      judge: ([{ ports }, reachability]) => {
        const published = ports
          .filter(({ containerPort }) => containerPort === adminPort)
          .map(({ hostIp, hostPort }) => `published at ${hostIp}:${hostPort}`);
        const attemptsFrom = (source: string): readonly ConnectionAttempt[] => {
          const probed = reachability[source];
          return probed !== undefined && "value" in probed ? probed.value.filter(isThere) : [];
        };
        const reached = services
          .filter((source) => attemptsFrom(source.name).some(({ connected }) => connected))
          .map((source) => `reached by ${source.name}`);
        const problems = [...published, ...reached];
        const untried = services.filter((source) => attemptsFrom(source.name).length === 0);
        // Not to have been reached by those who could not try says nothing.
        if (problems.length === 0 && untried.length > 0) {
          return {
            status: "error",
            reason: `not tried from ${list(untried.map((source) => source.name))}`,
          };
        }
        return equal(problems.length === 0 ? expected : problems.join(", "), expected);
      },
    }),
  ];
}

function judgeDuties(
  rules: readonly ConnectionRule[],
  attempts: readonly ConnectionAttempt[],
): Outcome {
  const duties = rules.filter(({ rule }) => rule === "must").map(({ target }) => target);
  const reached = new Set(attempts.filter(({ connected }) => connected).map((it) => it.target));
  // Targets that do not run were not tried, and have failed checks of their own.
  const tried = new Set(attempts.map(({ target }) => target));
  const missed = duties.filter((target) => tried.has(target) && !reached.has(target));
  return verdict(missed.length === 0, {
    expected: list(duties),
    actual:
      missed.length === 0
        ? list([...reached].filter((it) => duties.includes(it)))
        : `not ${missed.join(", ")}`,
  });
}

function judgeBans(
  rules: readonly ConnectionRule[],
  attempts: readonly ConnectionAttempt[],
): Outcome {
  const place = ({ target, port }: Pick<ConnectionRule, "target" | "port">) => `${target}:${port}`;
  const banned = new Set(rules.filter(({ rule }) => rule === "must-not").map(place));
  const reached = attempts
    .filter((attempt) => attempt.connected && banned.has(place(attempt)))
    .map(({ target, host, port }) => `${target} at ${host}:${port}`);
  return equal(list(reached), "none");
}
