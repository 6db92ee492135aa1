import { labels } from "../../../catalog/labels.ts";
import { containersOf } from "../../../topology/build-topology.ts";
import { npmCommand } from "../../npm-command.ts";
import type { AnsweringEngine, Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { count, list, ownership, stackFile } from "../words.ts";

const kinds = {
  free: { severity: "passed", meaning: "Names are free, or this stack's own." },
  container: {
    severity: "refusal",
    meaning: "A container of someone else's has the name.",
    remedy: "`astratrade:containerPrefix`, or `docker rename` the other one.",
  },
  network: {
    severity: "refusal",
    meaning: "A network that is not this stack's has the name.",
    remedy: "`docker network rm <name>`, or another stack name.",
  },
  volume: {
    severity: "warning",
    meaning:
      "A volume without this stack's labels has the name: the stack opens it and takes what is in it for its own.",
    remedy: "`docker volume rm <name>` if its content is not meant.",
  },
  "other-home": {
    severity: "refusal",
    meaning:
      "Containers of a stack of this name run, and the state in this home does not know it: it is another home's, or the state is lost.",
    remedy: "`ASTRATRADE_HOME`, or `npm run up -- --adopt`.",
  },
} as const;

/** Whether names of containers, networks and volumes are free. */
export const names = defineGroup({
  name: "names",
  kinds,
  examine: (facts, found) => {
    if (!facts.engine.answers) return [];
    const problems = [
      ...containerNames(facts, facts.engine, found),
      ...networkNames(facts, facts.engine, found),
      ...volumeNames(facts, facts.engine, found),
      ...otherHome(facts, facts.engine, found),
    ];
    if (problems.length > 0) return problems;
    const { networks, volumes } = facts.topology;
    const total = containersOf(facts.topology).length + networks.length + volumes.length;
    return [found("free", { message: `${count(total, "name")} free or this stack's own` })];
  },
});

type FoundName = Found<keyof typeof kinds>;

function containerNames(facts: Facts, look: AnsweringEngine, found: FoundName): Finding[] {
  return containersOf(facts.topology).flatMap(({ name }) => {
    const taken = look.containers.find((it) => it.name === name);
    if (taken === undefined || isOurs(facts, taken)) return [];
    return [
      found("container", {
        subject: name,
        message: `The name ${name} is taken by a container${ownership(taken) || " that is not this stack's"}.`,
        remedy: `Set astratrade:containerPrefix in ${stackFile(facts)}, or rename the other: docker rename ${name} ${name}-old`,
      }),
    ];
  });
}

function networkNames(facts: Facts, look: AnsweringEngine, found: FoundName): Finding[] {
  return facts.topology.networks.flatMap(({ name }) => {
    // Several networks may have one name, and a container that asks for it by name gets either.
    const taken = look.networks.find((it) => it.name === name && !isOurs(facts, it));
    if (taken === undefined) return [];
    return [
      found("network", {
        subject: name,
        message: `The name ${name} is taken by a network${ownership(taken) || " that is not this stack's"}.`,
        remedy: `Remove it if nobody needs it: docker network rm ${taken.id.slice(0, 12)}. Else give the stack another name.`,
      }),
    ];
  });
}

function volumeNames(facts: Facts, look: AnsweringEngine, found: FoundName): Finding[] {
  return facts.topology.volumes.flatMap(({ name }) => {
    const there = look.volumes.find((it) => it.name === name);
    if (there === undefined || there.stack === facts.stack) return [];
    return [
      found("volume", {
        subject: name,
        message: `The volume ${name} was not made by this stack${ownership(there) && `, but is one${ownership(there)}`}; the stack will open it and take what is in it for its own.`,
        remedy: `If that is not meant, and its content can go: docker volume rm ${name}`,
      }),
    ];
  });
}

function otherHome(facts: Facts, look: AnsweringEngine, found: FoundName): Finding[] {
  const { stack, state, adopt } = facts;
  if (adopt || state.stack === null || state.stack.isKnown) return [];
  const running = look.containers.filter((it) => it.stack === stack).map(({ name }) => name);
  if (running.length === 0) return [];
  const { backend } = facts.files;
  const where = "path" in backend ? backend.path : backend.url;
  return [
    found("other-home", {
      subject: stack,
      message: `Stack "${stack}" runs on this engine (${list(running.sort(), 20)}), but the state in ${where} does not know it.`,
      remedy:
        `If another home holds the state, set ASTRATRADE_HOME to it. If the state is lost, \`${npmCommand("up", stack, "--adopt")}\` takes the ` +
        `containers over; or remove them, data is in volumes and stays: docker ps -aq --filter label=${labels.stack}=${stack} | xargs docker rm -f`,
    }),
  ];
}

/** By its labels, or since Pulumi's state has it: what an earlier version made may lack labels. */
function isOurs(
  { stack, state }: Facts,
  it: { readonly stack: string | null; readonly id: string },
): boolean {
  return it.stack === stack || (state.stack?.ids.includes(it.id) ?? false);
}
