import { isOwnCorrelationId } from "../correlation.ts";

/** Says of a trace whether it is sampled. */
export type Sampler = (traceId: string) => boolean;

/**
 * Samples a share of all traces, decided by the last 56 bits of the trace id as OpenTelemetry does, so that whoever decides
 * by the id decides the same. A client that makes its ids up can have its traces sampled; what that can cost is bounded
 * by the queues of those who keep spans.
 * @param ratio 0 to 1
 */
export function ratioSampler(ratio: number): Sampler {
  const notSampled = Math.floor((1 - ratio) * steps);
  // A share too small to be told from none is none.
  if (notSampled >= steps) return () => false;
  const threshold = notSampled.toString(16).padStart(digits, "0");
  // Texts of the same length compare like the numbers they write.
  return (traceId) => traceId.slice(firstDigit, firstDigit + digits) >= threshold;
}

/** The first 13 of the last 14 digits: as many as a float holds exactly. */
const firstDigit = 18;
const digits = 13;
const steps = 16 ** digits;

/**
 * Which spans are kept at all, the same in every process that a request comes through: those of sampled traces, those of
 * requests whose client gave a correlation id of its own, which is to ask for a trace, and whatever failed.
 */
export function isWorthKeeping(sampled: boolean, correlationId: string, ok: boolean): boolean {
  return sampled || !ok || !isOwnCorrelationId(correlationId);
}
