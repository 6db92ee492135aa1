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
  if (ratio <= 0) return () => false;
  if (ratio >= 1) return () => true;
  const threshold = Math.floor((1 - ratio) * 2 ** 52)
    .toString(16)
    .padStart(13, "0");
  // Texts of the same length compare like the numbers they write.
  return (traceId) => traceId.slice(18, 31) >= threshold;
}

/**
 * Which spans are kept at all, the same in every process that a request comes through: those of sampled traces, those of
 * requests whose client gave a correlation id of its own, which is to ask for a trace, and whatever failed.
 */
export function isWorthKeeping(sampled: boolean, correlationId: string, ok: boolean): boolean {
  return sampled || !ok || !isOwnCorrelationId(correlationId);
}
