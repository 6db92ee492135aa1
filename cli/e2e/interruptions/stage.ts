import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import Docker from "dockerode";
import { baseImagesOf } from "../../testing/base-images.ts";
import { startSecondEngine, type SecondEngine } from "../../testing/second-engine.ts";
import { createSandbox, type Outcome, type Sandbox } from "../sandbox.ts";
import { restartVariable } from "../../engine/restart-engine.ts";
import { serveRestarts, type RestartService } from "./restart-service.ts";
import { startLedger, type Ledger } from "./ledger.ts";

/** A deployed stack in a sandbox, which rounds interrupt and mend. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly engine: SecondEngine;
  readonly home: string;
  /** For temporary files of the commands, so that what they leave is seen. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ledger: Ledger;
  /** Stands for the engine's service manager: restarts it when a command asks for that. */
  readonly service: RestartService;
  /** The settings of the last deploy that was good. */
  settings: Readonly<Record<string, unknown>>;
  /** What the last whole deploy has printed. */
  lastDeploy: string;
  readonly configure: (settings: Readonly<Record<string, unknown>>) => void;
}

/**
 * Deploys a stack on an engine of its own, which a round may kill.
 * @throws Error with what `up` printed when it failed
 */
export async function createStage(): Promise<Stage> {
  const images = await baseImagesOf(new Docker());
  // By TCP, since it is another machine for whoever deploys: its addresses are none of this one's.
  const engine = await startSecondEngine("interruptions", {
    daemonArguments: ({ address }) => [
      "--host",
      tcpHost(address),
      "--tls=false",
      "--bip",
      "192.168.231.1/24",
    ],
  });
  await engine.loadImages(images);
  const host = tcpHost(engine.address);
  // The sandbox and everything that it starts find the engine by this.
  process.env.DOCKER_HOST = host;
  const sandbox = await createSandbox();
  const folder = dirname(sandbox.root);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const home = join(folder, "home");
  const stage: Stage = {
    sandbox,
    engine,
    home,
    temporary,
    env: { ASTRATRADE_HOME: home, TMPDIR: temporary, DOCKER_HOST: host },
    service: serveRestarts(engine, join(folder, "restart")),
    ledger: startLedger(`http://${engine.address}:${sandbox.ports.gateway ?? 0}`),
    settings: {},
    lastDeploy: "",
    configure: (settings) => sandbox.configure({ bindAddress: engine.address, ...settings }),
  };
  process.env[restartVariable] = stage.service.line;
  stage.configure({});
  const first = await sandbox.astra("up");
  requireGood(first, "the first deploy");
  stage.lastDeploy = first.text;
  return stage;
}

function tcpHost(address: string): string {
  return `tcp://${address}:2375`;
}

/** @throws Error with everything that the command printed */
export function requireGood(outcome: Outcome, what: string): void {
  if (outcome.exitCode === 0) return;
  throw new Error(`${what} ended with exit code ${outcome.exitCode ?? "none"}:\n${outcome.text}`);
}

/** Takes the stack, its clone and its engine away. */
export async function removeStage({ sandbox, engine, service }: Stage): Promise<void> {
  service.stop();
  try {
    await sandbox.remove();
  } finally {
    await engine.stop();
    for (const name of ["DOCKER_HOST", restartVariable]) Reflect.deleteProperty(process.env, name);
  }
}
