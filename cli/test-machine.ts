import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { homeVariable } from "../catalog/home.ts";
import { aptInstall } from "./engine/apt.ts";
import { findEngine } from "./engine/engine-facts.ts";
import { hostSystem } from "./engine/host-system.ts";
import { stopStartedEngine } from "./engine/stop-engine.ts";
import { prepareMachine } from "./machine.ts";
import { resolvePaths } from "./paths.ts";
import { runSteps } from "./progress/run-steps.ts";
import { UserError } from "./setup/user-error.ts";

/** Programs that tests use beside what set-up brings, and the Debian package that has each. */
const testPrograms = [
  { program: "redis-server", package: "redis-server" },
  { program: "ab", package: "apache2-utils" },
  { program: "curl", package: "curl" },
  // The client comes with the engine's package, which a machine with an engine elsewhere may lack.
  { program: "docker", package: "docker.io" },
  // For an engine behind ssh; the package's own service is not started.
  { program: "sshd", package: "openssh-server" },
  { program: "ssh", package: "openssh-client" },
  { program: "openssl", package: "openssl" },
] as const;

export interface TestMachine {
  /** For the test processes: a home of their own, the toolchain first on the PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes the home, and stops the engine if it was started for the tests. */
  readonly release: () => Promise<void>;
}

/** Sets up what the tests need, in a home of its own, so that they never touch the user's stacks. */
export async function prepareForTests(): Promise<TestMachine> {
  const home = mkdtempSync(join(tmpdir(), "astratrade-home-"));
  process.env[homeVariable] = home;
  const hadEngine = (await findEngine({ env: process.env, userHome: homedir() })).found;
  const release = async (): Promise<void> => {
    if (!hadEngine) await stopStartedEngine();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await prepareMachine({ yes: true });
    await runSteps([{ title: "Programs that the tests use", run: installTestPrograms }]);
  } catch (error) {
    await release();
    throw error;
  }
  const { toolchainBin } = resolvePaths();
  return {
    env: {
      [homeVariable]: home,
      ASTRATRADE_PULUMI: join(toolchainBin, "pulumi"),
      PATH: `${toolchainBin}:${process.env.PATH ?? ""}`,
    },
    release,
  };
}

async function installTestPrograms(report: (text: string) => void): Promise<string> {
  const system = hostSystem(process.env);
  const missing = testPrograms.filter(({ program }) => !system.hasProgram(program));
  if (missing.length === 0) return "all there";
  if (!system.hasApt || !system.isRoot) {
    throw new UserError(
      `The tests need ${missing.map(({ program }) => program).join(", ")} on the PATH: install ` +
        `${missing.map((it) => it.package).join(", ")} with this machine's package manager.`,
    );
  }
  await withoutStartingServices(() =>
    aptInstall(
      missing.map((it) => it.package),
      report,
    ),
  );
  return `installed ${missing.map(({ program }) => program).join(", ")}`;
}

/** Debian starts a service when its package is installed; a Redis that nobody asked for would take the platform's port. */
async function withoutStartingServices(install: () => Promise<void>): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await install();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}
