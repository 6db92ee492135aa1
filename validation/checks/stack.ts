import type { Deployment } from "../../catalog/deployment.ts";
import type { Evidence } from "../evidence.ts";
import type { Check, Outcome } from "./check.ts";

/** Without these two nothing else can be said: the run ends early and its exit code is 3. */
export function stackChecks(deployment: Deployment, engineHost: string): Check[] {
  const { release, containers, stack } = deployment;
  return [
    deploymentCheck(stack, {
      status: "pass",
      expected: "readable",
      actual: `release ${release}, ${containers.length} containers`,
    }),
    {
      id: "stack.engine",
      group: "stack",
      severity: "blocker",
      title: "The Docker engine answers",
      failureTitle: "The Docker engine does not answer",
      why: "Containers, limits and networks are read from the engine.",
      remedy: `Look at \`docker --host ${engineHost} info\`; the engine has to run and this user may use its socket.`,
      settles: false,
      evidence: ["engine"],
      judge: judgeEngine,
    },
  ];
}

/** The only check of a stack that could not be read. */
export function unreadableStackChecks(stack: string, reason: string): Check[] {
  return [deploymentCheck(stack, { status: "fail", expected: "readable", actual: reason })];
}

function deploymentCheck(stack: string, outcome: Outcome): Check {
  return {
    id: "stack.deployment",
    group: "stack",
    severity: "blocker",
    title: `The stack ${stack} says what it deployed`,
    failureTitle: `The stack ${stack} does not say what it deployed`,
    why: "Everything is checked against what the stack says of itself.",
    remedy: "Deploy it with `npm run up`; `npm run status` shows what there is.",
    settles: false,
    evidence: [],
    judge: () => outcome,
  };
}

function judgeEngine({ engine }: Evidence): Outcome {
  const expected = "an answer";
  if (engine === undefined) return { status: "skipped", reason: "nothing was gathered" };
  if ("skipped" in engine) return { status: "skipped", reason: engine.skipped };
  if ("error" in engine) return { status: "fail", expected, actual: engine.error };
  const { version, apiVersion, cgroupVersion } = engine.value;
  const actual = `version ${version}, API ${apiVersion}, cgroup v${cgroupVersion}`;
  return { status: "pass", expected, actual };
}
