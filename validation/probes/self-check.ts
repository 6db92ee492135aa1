import type Docker from "dockerode";
import { labels } from "../../catalog/labels.ts";
import type { SelfCheckFacts } from "../evidence.ts";
import { demultiplex } from "./demultiplex.ts";
import type { Probe, ProbeContext } from "./probe.ts";

/** On the one container that the self check makes. It has no stack label, so it is no part of the stack. */
export const selfCheckLabel = "io.astratrade.self-check";

/**
 * Runs the runtime image once, on its own: no network, a read-only root, the limits of a service. The program then loads
 * everything it consists of and ends, which proves that the image is complete.
 */
export const probeSelfCheck: Probe<"selfCheck"> = async ({
  deployment,
  engine,
  runId,
  clock,
  signal,
}): Promise<SelfCheckFacts> => {
  const command = await checkCommand(engine, deployment.runtimeImage);
  await removeLeftovers({ engine, deployment, clock, signal });
  const container = await engine.createContainer({
    name: `${deployment.project}-self-check-${runId.slice(0, 8)}`,
    Image: deployment.runtimeImage,
    Cmd: [...command],
    Labels: { [labels.project]: deployment.project, [selfCheckLabel]: deployment.stack },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Init: true,
      Memory: 512 * 1024 * 1024,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Tmpfs: { "/tmp": "" },
    },
    abortSignal: signal,
  });
  try {
    await container.start({ abortSignal: signal });
    const { StatusCode: exitCode } = (await container.wait({ abortSignal: signal })) as {
      StatusCode: number;
    };
    const logs = await container.logs({ stdout: true, stderr: true, tail: 20, follow: false });
    const output = demultiplex(logs).output.trim().slice(-2_000);
    return { imageId: deployment.runtimeImage, command, exitCode, output };
  } finally {
    await container.remove({ force: true });
  }
};

/** The program as the image starts it, asked to check itself. Whether the program is its entry point or its command. */
async function checkCommand(engine: Docker, image: string): Promise<string[]> {
  const { Config: config } = await engine.getImage(image).inspect();
  return [...((config.Cmd as string[] | null) ?? []), "--check"];
}

/** A run starts its container as soon as it is made; an engine under load may take its time. */
const startedWithinMs = 60_000;

/** What a run that was killed could not take away. A container that still runs, or is about to, may belong to another run. */
async function removeLeftovers({
  engine,
  deployment,
  clock,
  signal,
}: Pick<ProbeContext, "engine" | "deployment" | "clock" | "signal">): Promise<void> {
  const filters = {
    label: [`${selfCheckLabel}=${deployment.stack}`],
    status: ["created", "exited", "dead"],
  };
  const leftovers = await engine.listContainers({ all: true, filters, abortSignal: signal });
  const newest = (clock.now().getTime() - startedWithinMs) / 1000;
  const ended = leftovers.filter(({ State, Created }) => State !== "created" || Created < newest);
  for (const { Id: id } of ended) await engine.getContainer(id).remove({ force: true });
}
