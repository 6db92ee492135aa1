import { FILES } from "./files.ts";
import { LIFECYCLE } from "./lifecycle.ts";
import { LIMITS } from "./limits.ts";
import { NETWORKING } from "./networking.ts";
import { PROCESS } from "./process.ts";
import { SECURITY } from "./security.ts";
import type { ContainerTable } from "./spec.ts";

/** All properties of a container. */
export const CONTAINER: ContainerTable = {
  ...PROCESS,
  ...LIMITS,
  ...NETWORKING,
  ...FILES,
  ...SECURITY,
  ...LIFECYCLE,
};
