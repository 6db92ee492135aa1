import { connectionRules, type ConnectionRule } from "../connection-rules.ts";
import type { ConnectionAttempt, Evidence } from "../evidence.ts";
import { execIn } from "./exec.ts";
import { NothingToProbe, probedItems, type Probe } from "./probe.ts";
import { runningContainers } from "./running.ts";

/** Tries connections from inside each container of ours to all others that there is a rule about. */
export const probeReachability: Probe<"reachability"> = ({ deployment, engine, found, signal }) => {
  const rules = connectionRules(deployment);
  const running = runningContainers(found);
  const sources = [...new Set(rules.map(({ source }) => source))];
  return probedItems(
    sources,
    async (source, itemSignal) => {
      if (!running.has(source)) throw new NothingToProbe(`${source} is not running`);
      const attempts = rules
        .filter((rule) => rule.source === source && running.has(rule.target))
        .flatMap((rule) => attemptsFor(rule, found));
      const endpoints = attempts.map(({ host, port }) => `${host}:${port}`);
      const command = ["bash", "-c", script, "reach", ...endpoints];
      const { exitCode, stdout, output } = await execIn(engine, source, command, itemSignal);
      if (exitCode !== 0) throw new Error(`bash ended with ${exitCode}: ${output.slice(0, 200)}`);
      const lines = new Set(stdout.split("\n"));
      return attempts.map((attempt) => ({
        ...attempt,
        connected: lines.has(`${attempt.host}:${attempt.port}`),
      }));
    },
    // They mostly wait, each in its own container.
    { deadlineMs: 15_000, signal, concurrency: 16 },
  );
};

/**
 * Opens all connections at once and prints those that came about within 1 s: subshells of bash alone, since a process for
 * each would use up the container's CPU quota and make slow what is only to be measured.
 */
const script = `
for endpoint; do
  ( exec 3<>"/dev/tcp/\${endpoint%:*}/\${endpoint##*:}" && echo "$endpoint" ) 2>/dev/null &
done
for ((look = 0; look < 10; look++)); do
  if [[ -z $(jobs -pr) ]]; then break; fi
  sleep 0.1
done
kill $(jobs -pr) 2>/dev/null
exit 0
`;

/**
 * A duty is tried by name, as the program itself connects. A ban is tried by every address of the other side: a name that
 * is not found would prove nothing about the network.
 */
function attemptsFor(
  rule: ConnectionRule,
  found: Evidence,
): Omit<ConnectionAttempt, "connected">[] {
  const { target, port } = rule;
  if (rule.rule === "must") return [{ target, host: target, port }];
  return addressesOf(found, target).map((host) => ({ target, host, port }));
}

function addressesOf(found: Evidence, container: string): string[] {
  const containers = found.containers;
  const state =
    containers !== undefined && "value" in containers ? containers.value[container] : undefined;
  if (state === undefined || !("value" in state) || !state.value.exists) return [];
  return Object.values(state.value.networks).filter((address) => address !== "");
}
