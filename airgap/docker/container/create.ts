import { InitFailedError, ResourceError } from "../../plugin/errors.ts";
import type { Call, CreateResult } from "../../plugin/resource.ts";
import type { Properties } from "../../plugin/values.ts";
import { isNotFound, describeFailure, messageOf } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { planOutputs, withoutUnknowns } from "../schema/plan.ts";
import { asBoolean, asNumber, asText } from "../schema/read-values.ts";
import { createdOutputs } from "../schema/refresh.ts";
import { stateOf } from "../schema/state.ts";
import { writeSpec } from "../schema/write.ts";
import { waitForEnd } from "./attach.ts";
import { connectNetworks } from "./connect.ts";
import { ensureImage } from "./image.ts";
import { inspectContainer } from "./inspect.ts";
import { SCHEMA_VERSION, newSpec } from "./spec.ts";
import type { ContainerSpec } from "./spec.ts";
import { CONTAINER } from "./table.ts";
import { uploadFiles } from "./uploads.ts";
import { waitUntilHealthy } from "./wait-healthy.ts";

/**
 * Makes a container: image, container, networks, files, start, health.
 *
 * What fails before the container exists is an ordinary failure. After that the container stays
 * where it is, for people to look at, and goes into the state as half made.
 */
export async function createContainer(
  engine: Engine,
  inputs: Properties,
  call: Call,
): Promise<CreateResult> {
  const planned = planOutputs(CONTAINER, inputs);
  const spec = newSpec();
  writeSpec(CONTAINER, spec, planned);
  await dropWhatTheEngineDoesNotKnow(engine, spec, call);
  await ensureImage(engine, spec, call);
  const id = await requestContainer(engine, spec);
  try {
    const containerLogs = await bringUp(engine, id, planned, call);
    const live = await inspectContainer(engine, id, call.signal);
    if (live === undefined)
      throw new ResourceError("the container was gone as soon as it was made");
    const outputs = createdOutputs(CONTAINER, live, { ...planned, containerLogs });
    // Whether a container that must run has ended already is for the next refresh to tell.
    const asPlanned = asBoolean(inputs["mustRun"]) ? { mustRun: true, exitCode: null } : {};
    const complete = withoutUnknowns(CONTAINER, { ...outputs, ...asPlanned });
    return { id, properties: stateOf(complete, id, SCHEMA_VERSION) };
  } catch (error) {
    const properties = stateOf(withoutUnknowns(CONTAINER, planned), id, SCHEMA_VERSION);
    throw new InitFailedError({ id, properties, inputs, reasons: [reasonOf(error, call.signal)] });
  }
}

/** Why a container was not brought up. An aborted call says only that it was aborted, its signal why. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (!signal.aborted) return messageOf(error);
  const cause = signal.reason as Error;
  const why = cause.name === "TimeoutError" ? "the time of customTimeouts is over" : cause.message;
  return `the container was made, but what comes after it was given up: ${why}`;
}

/** The steps after the container has been made. Answers what it has written, if that was asked for. */
async function bringUp(
  engine: Engine,
  id: string,
  planned: Properties,
  call: Call,
): Promise<string | null> {
  const { signal } = call;
  await connectNetworks(engine, id, planned["networksAdvanced"], signal);
  await uploadFiles(engine, id, planned["uploads"], signal);
  if (asBoolean(planned["start"])) {
    await startContainer(engine, id, signal);
    if (asBoolean(planned["wait"])) {
      await waitUntilHealthy(engine, id, {
        timeoutMs: asNumber(planned["waitTimeout"]) * 1_000,
        call,
      });
    }
  }
  if (!asBoolean(planned["attach"])) return null;
  return waitForEnd(engine, id, { withLogs: asBoolean(planned["logs"]), signal });
}

/** Starts a container. One that runs already is a success. */
export async function startContainer(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await engine.request("POST", `/containers/${id}/start`, { signal }).catch((error: unknown) => {
    throw describeFailure("Unable to start container", error);
  });
}

/**
 * The request is not cancelled with the call: half way, nobody would know whether there is a
 * container, and it would be nobody's.
 */
async function requestContainer(engine: Engine, spec: ContainerSpec): Promise<string> {
  const { name, platform, body } = spec;
  const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
  const query = { name, ...(platform !== "" && { platform }) };
  try {
    const { Id } = await engine.request<{ Id: string }>("POST", "/containers/create", {
      query,
      body,
      signal,
    });
    return Id;
  } catch (error) {
    const what = isNotFound(error) ? ` ${name} from image ${body.Image}` : ` ${name}`;
    throw describeFailure(`Unable to create container${what}`, error);
  }
}

const REQUEST_DEADLINE_MS = 120_000;

async function dropWhatTheEngineDoesNotKnow(
  engine: Engine,
  spec: ContainerSpec,
  call: Call,
): Promise<void> {
  const { Healthcheck } = spec.body;
  if (Healthcheck?.StartInterval === undefined || (await engine.speaks("1.44", call.signal)))
    return;
  delete Healthcheck.StartInterval;
  call.log.debug(
    `${asText(spec.name)}: this engine has no startInterval for health checks; interval counts`,
  );
}
