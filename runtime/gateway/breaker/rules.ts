/** When a breaker opens, how it tries again, and when it closes. Percentages are of the calls in the window. */
export interface BreakerRules {
  /** The window: so many buckets of so many milliseconds. */
  readonly buckets: number;
  readonly bucketMs: number;
  /** With fewer calls in the window no percentage says anything. */
  readonly minimumCalls: number;
  readonly failurePercent: number;
  readonly slowPercent: number;
  /** A call is slow when the head of its answer took longer. */
  readonly slowMs: number;
  /** Connections in a row that could not be made: the rule for services with few requests. */
  readonly connectFailures: number;
  /** Calls in a row that failed: in a sudden outage the window is full of good calls for seconds. */
  readonly failures: number;
  /**
   * Time for which nothing at all was answered, though `minimumCalls` wait: a service that hangs would otherwise be noticed when the
   * first calls are at their deadlines.
   */
  readonly silentMs: number;
  /** Half-open: calls that may be under way at once. */
  readonly probes: number;
  /** Half-open: it closes after so many good ones, and opens again at the first bad one. */
  readonly closeAfter: number;
  /** Longest that a probe may take to the head of its answer: a user waits for it. */
  readonly probeDeadlineMs: number;
  /** How long it is open the first time; doubled at each further time until it closes, up to `maxOpenMs`. */
  readonly firstOpenMs: number;
  readonly maxOpenMs: number;
  /**
   * Least that it is open after a silence. By then the gateway's own check has ended, and failed if the other side still hangs; otherwise
   * probes would find that out, and their users wait for it.
   */
  readonly silentOpenMs: number;
  /** Longest that it is open while the other side says that it is ready. */
  readonly readyOpenMs: number;
  /** Part of the open time that chance may take away, so that gateways do not try in step. */
  readonly jitter: number;
}

/**
 * Volume, rates and the window are those of Hystrix and resilience4j. The first open time is short, since probes are few and
 * a service that restarts is back within a second or two.
 */
export const defaultRules: BreakerRules = {
  buckets: 10,
  bucketMs: 1000,
  minimumCalls: 10,
  failurePercent: 50,
  slowPercent: 50,
  slowMs: 3000,
  connectFailures: 5,
  failures: 10,
  silentMs: 1000,
  probes: 3,
  closeAfter: 3,
  probeDeadlineMs: 2000,
  firstOpenMs: 500,
  maxOpenMs: 60_000,
  silentOpenMs: 700,
  readyOpenMs: 5000,
  jitter: 0.2,
};

/** @returns ms to be open at the `opening`-th time in a row, counted from 1 */
export function openForMs(rules: BreakerRules, opening: number, fraction: number): number {
  const fullMs = Math.min(rules.maxOpenMs, rules.firstOpenMs * 2 ** (opening - 1));
  return fullMs * (1 - rules.jitter * fraction);
}
