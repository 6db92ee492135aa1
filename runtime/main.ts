import { parseRuntimeEnv, RuntimeEnvError } from "../catalog/runtime-env.ts";
import { serviceNames } from "../catalog/services.ts";
import { openLog } from "./kit/logger.ts";
import { implementations } from "./services/index.ts";

/**
 * The one entry of the image. `SERVICE_NAME` says what it is; only that is loaded. `--check` loads everything, starts nothing,
 * and ends with 0: the image is whole.
 */
if (process.argv.includes("--check")) {
  await import("./gateway/main.ts");
  await import("./kit/service-main.ts");
  await Promise.all(Object.values(implementations).map((load) => load()));
  console.log(`gateway and ${serviceNames.length} services can be loaded`);
} else {
  await start();
}

async function start(): Promise<void> {
  try {
    const env = parseRuntimeEnv(process.env);
    const name = serviceNames.find((service) => service === env.SERVICE_NAME);
    if (env.SERVICE_NAME !== "gateway" && name === undefined) {
      throw new RuntimeEnvError(
        `SERVICE_NAME is "${env.SERVICE_NAME}"; it must be one of gateway, ${serviceNames.join(", ")}.`,
      );
    }
    const log = openLog(env);
    if (name === undefined) {
      const { runGateway } = await import("./gateway/main.ts");
      await runGateway(env, log);
    } else {
      const [{ runService }, implementation] = await Promise.all([
        import("./kit/service-main.ts"),
        implementations[name](),
      ]);
      await runService(name, implementation, env, log);
    }
  } catch (error) {
    if (!(error instanceof RuntimeEnvError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
