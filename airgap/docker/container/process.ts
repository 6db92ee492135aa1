import { LABELS, labelsToMap } from "../schema/labels.ts";
import { asBoolean, asNumber, asText, asTexts } from "../schema/read-values.ts";
import { BOOL, INT, STRING, STRINGS, STRING_SET } from "../schema/shape.ts";
import type { ContainerTable } from "./spec.ts";

/** What runs in the container, and as whom. */
export const PROCESS: ContainerTable = {
  name: {
    shape: STRING,
    change: "replace",
    required: true,
    write: (spec, value) => (spec.name = asText(value)),
    read: (live) => live.Name.replace(/^\//, ""),
  },
  image: {
    shape: STRING,
    change: "replace",
    required: true,
    write: (spec, value) => (spec.body.Image = asText(value)),
    // The engine may answer an id for a name, so what the program said stays.
    read: (live, known) => known ?? live.Config.Image,
  },
  platform: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.platform = asText(value)),
    // The engine tells the operating system only.
    read: (live, known) =>
      typeof known === "string" && known.startsWith(`${live.Platform ?? ""}/`)
        ? known
        : (live.Platform ?? ""),
  },
  hostname: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.Hostname = asText(value)),
    read: (live) => live.Config.Hostname,
  },
  domainname: {
    shape: STRING,
    change: "replace",
    write: (spec, value) => (spec.body.Domainname = asText(value)),
    read: (live) => live.Config.Domainname,
  },
  command: {
    shape: STRINGS,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.Cmd = asTexts(value)),
    read: (live) => live.Config.Cmd ?? [],
  },
  entrypoints: {
    shape: STRINGS,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.Entrypoint = asTexts(value)),
    read: (live) => live.Config.Entrypoint ?? [],
  },
  // Environment and labels of a container contain those of its image, so they are not read back.
  envs: {
    shape: STRING_SET,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.Env = asTexts(value)),
  },
  labels: {
    shape: LABELS,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.Labels = labelsToMap(value)),
  },
  user: {
    shape: STRING,
    change: "replace",
    keptWhenAbsent: true,
    write: (spec, value) => (spec.body.User = asText(value)),
    read: (live) => live.Config.User,
  },
  workingDir: {
    shape: STRING,
    change: "replace",
    keptWhenAbsent: true,
    write: (spec, value) => (spec.body.WorkingDir = asText(value)),
    read: (live) => live.Config.WorkingDir,
  },
  tty: {
    shape: BOOL,
    change: "replace",
    default: false,
    write: (spec, value) => (spec.body.Tty = asBoolean(value)),
    read: (live) => live.Config.Tty,
  },
  stdinOpen: {
    shape: BOOL,
    change: "replace",
    default: false,
    write: (spec, value) => (spec.body.OpenStdin = asBoolean(value)),
    read: (live) => live.Config.OpenStdin,
  },
  init: {
    shape: BOOL,
    change: "inert",
    computed: true,
    write: (spec, value) => (spec.body.HostConfig.Init = asBoolean(value)),
    read: (live) => live.HostConfig.Init ?? false,
  },
  stopSignal: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.StopSignal = asText(value)),
    read: (live) => live.Config.StopSignal ?? "",
  },
  stopTimeout: {
    shape: INT,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.body.StopTimeout = asNumber(value)),
    read: (live) => live.Config.StopTimeout ?? 0,
  },
  groupAdds: {
    shape: STRING_SET,
    change: "replace",
    write: (spec, value) => (spec.body.HostConfig.GroupAdd = asTexts(value)),
    read: (live) => live.HostConfig.GroupAdd ?? [],
  },
};
