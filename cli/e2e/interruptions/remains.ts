import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { labels, projectName } from "../../../catalog/labels.ts";
import { readStackState } from "../../pulumi/stack-state.ts";
import type { Stage } from "./stage.ts";

/**
 * Looks for what an interrupted deploy has left after the next one went well: on the engine, in the state, among the
 * files, among the processes. The loader's cache of translated sources (tsx) is meant to stay.
 * @returns a sentence for each thing that should not be there, or should be and is not
 */
export async function findRemains(stage: Stage): Promise<string[]> {
  const { stack } = stage.sandbox;
  const setting = { env: { PULUMI_BACKEND_URL: `file://${join(stage.home, "state")}` } };
  const { resources, pendingOperations } = await readStackState(setting, stack);
  return [
    ...pendingOperations.map(
      ({ type, resource }) => `pending in the state: ${type} ${resource.urn}`,
    ),
    ...resources
      .filter((it) => it.delete || it.initErrors.length > 0)
      .map(({ urn }) => `not finished in the state: ${urn}`),
    ...(await compareWithEngine(stage, resources)),
    ...files(join(stage.home, "locks")).map((file) => `lock: ${file}`),
    ...files(join(stage.home, "state", ".pulumi"))
      .filter((file) => file.endsWith(".tmp") || /[/]locks[/].*json$/.test(file))
      .map((file) => `file of Pulumi: ${file}`),
    ...files(stage.temporary)
      .filter((file) => !file.includes("/tsx-"))
      .map((file) => `temporary file: ${file}`),
    ...processesIn(stage.home).map((text) => `process: ${text}`),
    ...containerProcesses(stage, new Set(resources.map(({ id }) => id))).map(
      (text) => `process of a container that is no more: ${text}`,
    ),
  ];
}

async function compareWithEngine(
  { sandbox: { docker, stack } }: Stage,
  resources: readonly { readonly type: string; readonly id: string; readonly urn: string }[],
): Promise<string[]> {
  const ofProject = { label: [`${labels.project}=${projectName}`] };
  const containers = await docker.listContainers({ all: true, filters: ofProject });
  const networks = await docker.listNetworks({ filters: ofProject });
  const found = new Map([
    ...containers.map((it) => [it.Id, `container ${it.Names.join()} (${it.Status})`] as const),
    ...networks.map((it) => [it.Id, `network ${it.Name}`] as const),
  ]);
  const known = new Map(
    resources
      .filter(({ type }) => /docker:index\/(container|network):/.test(type))
      .map(({ id, urn }) => [id, urn]),
  );
  const { Volumes: volumes } = await docker.listVolumes({});
  return [
    ...[...found].filter(([id]) => !known.has(id)).map(([, text]) => `on the engine: ${text}`),
    ...[...known].filter(([id]) => !found.has(id)).map(([, urn]) => `only in the state: ${urn}`),
    ...volumes.filter((it) => !it.Name.includes(stack)).map((it) => `volume ${it.Name}`),
  ];
}

function files(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => !it.isDirectory())
    .map((it) => join(it.parentPath, it.name));
}

/** Everything that a command of the sandbox has started has its home in the environment. */
function processesIn(home: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        if (!environment.includes(`ASTRATRADE_HOME=${home}`)) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
      } catch {
        return [];
      }
    });
}

/** The engine puts all its containers' processes into a control group of its name, each container in one of its id. */
function containerProcesses({ engine }: Stage, known: ReadonlySet<string>): string[] {
  const name = basename(engine.folder);
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
        const [, id] = new RegExp(`/${name}/([0-9a-f]{64})`).exec(groups) ?? [];
        if (id === undefined || known.has(id)) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
      } catch {
        return [];
      }
    });
}
