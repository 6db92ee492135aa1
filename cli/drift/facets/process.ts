import { imageConfig, property, setText, type Facet, type Subject } from "../subject.ts";
import type { LiveContainer, LiveImage } from "../live.ts";
import type { Facts } from "../drift-item.ts";
import { shortId } from "../../words.ts";

/** What runs in the container, and as whom. */
export const processFacets: readonly Facet[] = [
  property(
    "name",
    ({ inputs }) => inputs.name,
    (live) => live.Name.replace(/^\//, ""),
  ),
  property(
    "image",
    ({ inputs }, { wantedImage }) => (wantedImage === null ? inputs.image : imageText(wantedImage)),
    liveImageText,
  ),
  property(
    "entrypoint",
    ({ inputs }, subject) =>
      subject.veil.words(inputs.entrypoints ?? imageConfig(subject)?.Entrypoint ?? []),
    ({ Config }, { veil }) => veil.words(Config.Entrypoint),
  ),
  property(
    "command",
    (_deployed, subject) => subject.veil.words(wantedCommand(subject)),
    ({ Config }, { veil }) => veil.words(Config.Cmd),
  ),
  property(
    "user",
    ({ inputs }, subject) => inputs.user || imageConfig(subject)?.User || "root",
    ({ Config }) => Config.User || "root",
  ),
  property(
    "workingDir",
    ({ inputs }, subject) => inputs.workingDir || imageConfig(subject)?.WorkingDir || "/",
    ({ Config }) => Config.WorkingDir || "/",
  ),
  property(
    "hostname",
    // The engine gives a container without one its short id.
    ({ inputs }, { live }) => inputs.hostname || shortId(live.Id),
    ({ Config }) => Config.Hostname,
  ),
  property(
    "domainname",
    ({ inputs }) => inputs.domainname || "none",
    ({ Config }) => Config.Domainname || "none",
  ),
  property(
    "tty",
    ({ inputs }) => String(inputs.tty ?? false),
    ({ Config }) => String(Config.Tty),
  ),
  property(
    "stdinOpen",
    ({ inputs }) => String(inputs.stdinOpen ?? false),
    ({ Config }) => String(Config.OpenStdin),
  ),
  property(
    "groups",
    ({ inputs }) => setText(inputs.groupAdds ?? []),
    ({ HostConfig }) => setText(HostConfig.GroupAdd),
  ),
  { expected: wantedEnvironment, actual: liveEnvironment },
  { expected: wantedLabels, actual: liveLabels },
];

/** One image has one text, whatever name it was asked for by. */
function imageText({ Id, RepoTags }: LiveImage): string {
  const [tag] = [...RepoTags].sort();
  const id = shortId(Id);
  return tag === undefined ? id : `${id} (${tag})`;
}

function liveImageText(live: LiveContainer, { deployed, wantedImage, liveImage }: Subject): string {
  // With the name gone from the engine, all that can be held against it is the name that the container was made by.
  if (wantedImage === null && live.Config.Image === deployed.inputs.image) {
    return deployed.inputs.image;
  }
  return imageText(liveImage ?? { Id: live.Image, RepoTags: [], Config: emptyConfig });
}

const emptyConfig: LiveImage["Config"] = {
  User: "",
  Env: [],
  Cmd: [],
  Entrypoint: [],
  WorkingDir: "",
  Labels: {},
  StopSignal: "",
  Healthcheck: null,
  Volumes: [],
};

/** An entry point of its own makes the engine forget the image's command. */
function wantedCommand(subject: Subject): readonly string[] {
  const { command, entrypoints } = subject.deployed.inputs;
  if (command != null) return command;
  return entrypoints != null && entrypoints.length > 0 ? [] : (imageConfig(subject)?.Cmd ?? []);
}

function variables(list: readonly string[]): Map<string, string> {
  return new Map(
    list.map((entry) => {
      const at = entry.indexOf("=");
      return at === -1 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

function deployedVariables(subject: Subject): Map<string, string> {
  const ofImage = variables(imageConfig(subject)?.Env ?? []);
  return new Map([...ofImage, ...variables(subject.deployed.inputs.envs)]);
}

function wantedEnvironment(subject: Subject): Facts {
  return environmentText(subject, deployedVariables(subject));
}

function liveEnvironment(subject: Subject): Facts {
  return environmentText(subject, variables(subject.live.Config.Env));
}

function environmentText(subject: Subject, found: ReadonlyMap<string, string>): Facts {
  const { deployed, plainVariables, veil } = subject;
  const known = deployedVariables(subject);
  const ofProgram = variables(deployed.inputs.envs);
  const isShown = (name: string): boolean =>
    known.has(name) && (!deployed.hasSecretEnv || !ofProgram.has(name) || plainVariables.has(name));
  return Object.fromEntries(
    [...found].map(([name, value]) => [
      `env.${name}`,
      isShown(name) ? veil.named(name, value) : veil.hidden(value),
    ]),
  );
}

function wantedLabels(subject: Subject): Facts {
  const ofProgram = (subject.deployed.inputs.labels ?? []).map(
    ({ label, value }) => [label, value] as const,
  );
  return labelsText(subject, { ...imageConfig(subject)?.Labels, ...Object.fromEntries(ofProgram) });
}

function liveLabels(subject: Subject): Facts {
  return labelsText(subject, subject.live.Config.Labels);
}

function labelsText({ veil }: Subject, labels: Readonly<Record<string, string>>): Facts {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`label.${name}`, veil.named(name, value)]),
  );
}
