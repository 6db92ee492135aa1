/** Turns readings of `performance.now()` into Unix time in ms, with fractions. */
export type ToUnixMs = (performanceMs: number) => number;

/** A step of the wall clock by more than this is followed. Below it, spans of one process keep their exact distances. */
const toleranceMs = 5;

/**
 * The time at which the process started, as it was read then, is exact to microseconds; `Date.now()` is not. So the first is
 * used for as long as the two agree.
 */
export function createToUnixMs(
  clock: { readonly wallMs: () => number; readonly steadyMs: () => number } = systemClocks,
  originMs: number = performance.timeOrigin,
): ToUnixMs {
  let offsetMs = originMs;
  return (performanceMs) => {
    const actualMs = clock.wallMs() - clock.steadyMs();
    if (Math.abs(actualMs - offsetMs) > toleranceMs) offsetMs = actualMs;
    return performanceMs + offsetMs;
  };
}

const systemClocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };
