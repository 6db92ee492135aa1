import type Docker from "dockerode";
import { isNotFound } from "../../validation/probes/not-found.ts";
import { stackContainers } from "../engine/stack-containers.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import type { Deployed, DeployedContainer } from "./deployed.ts";
import {
  parseContainer,
  parseImage,
  parseNetwork,
  parseVolume,
  type LiveContainer,
  type LiveFile,
  type LiveImage,
  type LiveNetwork,
  type LiveVolume,
} from "./live.ts";
import { readContainerFile } from "./read-container-file.ts";

/** The engine's side of what was deployed; null for what is not there. */
export interface Live {
  readonly containers: ReadonlyMap<DeployedContainer, LiveContainer | null>;
  /** By the reference that was asked for. */
  readonly images: ReadonlyMap<string, LiveImage | null>;
  /** Uploaded files of each container that is there, by path. */
  readonly files: ReadonlyMap<DeployedContainer, ReadonlyMap<string, LiveFile>>;
  /** By name. */
  readonly networks: ReadonlyMap<string, LiveNetwork | null>;
  readonly volumes: ReadonlyMap<string, LiveVolume | null>;
  /** Names of all containers that say they are of the stack. */
  readonly labelled: readonly string[];
}

const answerDeadlineMs = 15_000;
/** Requests at a time: an engine behind SSH gives a client ten connections. */
const requestsAtATime = 8;

/** Asks the engine about everything that was deployed, much of it at the same time. */
export async function lookAtEngine(
  client: Docker,
  stack: string,
  deployed: Deployed,
): Promise<Live> {
  const ask = limited(requestsAtATime);
  // Most containers share one image.
  const asked = new Map<string, Promise<LiveImage | null>>();
  const inspectImage = (name: string): Promise<LiveImage | null> => {
    const answer =
      asked.get(name) ?? ask(() => orNull(client.getImage(name).inspect(), parseImage));
    asked.set(name, answer);
    return answer;
  };
  const lookAtContainer = async (it: DeployedContainer) => {
    const live = await ask(() => findContainer(client, it));
    const paths = live === null ? [] : it.inputs.uploads.map(({ file }) => file);
    const [files, images] = await Promise.all([
      collect(paths, (path) =>
        ask((signal) => readContainerFile(client.getContainer(live?.Id ?? ""), path, signal)),
      ),
      collect([it.inputs.image, ...(live === null ? [] : [live.Image])], inspectImage),
    ]);
    return { live, files, images };
  };
  const [containers, networks, volumes, labelled] = await Promise.all([
    collect(deployed.containers, lookAtContainer),
    collect(deployed.networks, async ({ id, inputs: { name } }) => {
      const inspect = (key: string) =>
        ask(() => orNull(client.getNetwork(key).inspect(), parseNetwork));
      return (await inspect(id)) ?? (await inspect(name));
    }),
    collect(deployed.volumes, ({ inputs: { name } }) =>
      ask((signal) => orNull(client.getVolume(name).inspect({ abortSignal: signal }), parseVolume)),
    ),
    ask(() => stackContainers(client, stack)),
  ]);
  return {
    containers: new Map([...containers].map(([it, { live }]) => [it, live])),
    files: new Map([...containers].map(([it, { files }]) => [it, files])),
    images: new Map([...containers.values()].flatMap(({ images }) => [...images])),
    networks: byName(networks),
    volumes: byName(volumes),
    labelled: labelled.map(({ name }) => name),
  };
}

/** The container that was deployed, under whatever name, or else the one that stands under its name. */
async function findContainer(
  client: Docker,
  { id, inputs }: DeployedContainer,
): Promise<LiveContainer | null> {
  for (const key of [id, inputs.name]) {
    const found = await orNull(client.getContainer(key).inspect(), parseContainer);
    if (found !== null) return found;
  }
  return null;
}

async function orNull<T>(
  answer: Promise<unknown>,
  parse: (value: unknown) => T,
): Promise<T | null> {
  try {
    return parse(await answer);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function collect<K, T>(keys: readonly K[], read: (key: K) => Promise<T>): Promise<Map<K, T>> {
  return new Map(await Promise.all(keys.map(async (key) => [key, await read(key)] as const)));
}

function byName<T>(
  found: ReadonlyMap<{ readonly inputs: { readonly name: string } }, T>,
): Map<string, T> {
  return new Map([...found].map(([{ inputs }, value]) => [inputs.name, value]));
}

type Ask = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Runs no more than so many pieces of work at a time, each with a deadline of its own; the others wait in order. The
 * deadline holds where the client takes no signal, too.
 */
function limited(atATime: number): Ask {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atATime) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      const signal = AbortSignal.timeout(answerDeadlineMs);
      return await Promise.race([work(signal), rejectAtEnd(signal)]);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function rejectAtEnd(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(
        new UserError(
          `The engine gave no answer within ${answerDeadlineMs / 1000} s.`,
          exitCodes.notReachable,
        ),
      );
    });
  });
}
