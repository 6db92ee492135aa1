import type { FindingGroup } from "../group.ts";
import { cpu } from "./cpu.ts";
import { data } from "./data.ts";
import { disk } from "./disk.ts";
import { engine } from "./engine.ts";
import { images } from "./images.ts";
import { memory } from "./memory.ts";
import { names } from "./names.ts";
import { networks } from "./networks.ts";
import { ports } from "./ports.ts";
import { state } from "./state.ts";
import { toolchain } from "./toolchain.ts";

/** All that is looked at, in the order in which it is shown: the ground first, then what stands on it. */
export const findingGroups: readonly FindingGroup[] = [
  engine,
  memory,
  cpu,
  disk,
  ports,
  names,
  networks,
  toolchain,
  images,
  state,
  data,
];
