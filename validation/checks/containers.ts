import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import type { ContainerFacts } from "../evidence.ts";
import { defineCheck, equal, verdict, type Check, type Outcome } from "./check.ts";
import { containerKey } from "./naming.ts";
import { item, running } from "./reader.ts";

/** Each container runs, is healthy and stays so. */
export function containerChecks(deployment: Deployment): Check[] {
  return deployment.containers.flatMap((container) => checksOf(deployment, container));
}

function checksOf(deployment: Deployment, container: DeployedContainer): Check[] {
  const { name } = container;
  const key = containerKey(deployment, container);
  return [
    defineCheck({
      id: `containers.running.${key}`,
      group: "containers",
      severity: "blocker",
      title: `${name} runs`,
      failureTitle: `${name} does not run`,
      why: "Nothing it offers can be had while it does not.",
      remedy: `\`docker logs --tail 50 ${name}\` says why it ended; \`docker start ${name}\` starts it, and \`npm run up\` makes it anew when it is gone.`,
      settles: true,
      reads: item("containers", name),
      judge: (state): Outcome => {
        if (!state.exists) return equal("does not exist", "running");
        const ended = state.status === "exited" ? ` with code ${state.exitCode}` : "";
        return equal(`${state.status}${ended}`, "running");
      },
    }),
    defineCheck({
      id: `containers.healthy.${key}`,
      group: "containers",
      severity: "blocker",
      title: `${name} is healthy`,
      failureTitle: `${name} is not healthy`,
      why: "Its own health check is the first to see that it cannot do its work.",
      remedy: `\`docker inspect --format '{{json .State.Health}}' ${name}\` shows what the check printed, \`docker logs --tail 50 ${name}\` what the container says.`,
      settles: true,
      reads: running(name),
      judge: ({ health, healthOutput }) => {
        const printed = health === "healthy" || healthOutput === "" ? "" : `: ${healthOutput}`;
        return equal(`${health}${printed}`, "healthy");
      },
    }),
    defineCheck({
      id: `containers.restarts.${key}`,
      group: "containers",
      severity: "major",
      title: `${name} has not been restarted by the engine`,
      failureTitle: `${name} was restarted by the engine`,
      why: "A process that ends by itself is down for a while each time, even when each start looks well.",
      remedy: `\`docker logs --tail 100 ${name}\` shows the end of the run before.`,
      reads: running(name),
      judge: judgeRestarts,
    }),
    defineCheck({
      id: `containers.memory-kill.${key}`,
      group: "containers",
      severity: "major",
      title: `${name} was not killed for its memory`,
      failureTitle: `${name} was killed for its memory`,
      why: "The kernel ends a process that wants more memory than its limit, in the middle of what it does.",
      remedy: `Give ${name} more memory in the catalogue or the stack's configuration, or find what grows: \`docker stats ${name}\`.`,
      reads: running(name),
      judge: ({ oomKilled }) => equal(oomKilled ? "killed" : "never killed", "never killed"),
    }),
  ];
}

/** How long a container must have been up for its restarts to be history. */
const stableMs = 60_000;

function judgeRestarts({ restartCount, startedAt, observedAt }: ContainerFacts): Outcome {
  if (restartCount === 0) return verdict(true, { expected: 0, actual: 0, unit: "restarts" });
  const upMs = Date.parse(observedAt) - Date.parse(startedAt);
  return {
    status: upMs < stableMs ? "fail" : "warn",
    expected: "0 restarts",
    actual: `${restartCount} restarts, up for ${Math.round(upMs / 1000)} s since the last`,
  };
}
