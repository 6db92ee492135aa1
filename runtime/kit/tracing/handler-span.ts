import type { Delivery } from "../consumer.ts";
import { isRedisUnavailable } from "../redis.ts";
import { isWorthKeeping } from "./sampling.ts";
import type { Tracer } from "./tracer.ts";

/**
 * Runs an event's handler as a span of the trace that the event was published in, so that what the handler publishes is part
 * of it too. Every delivery is a span of its own. Our own services are trusted with the decision to sample.
 * @throws what the handler throws
 */
export async function traceHandler(
  tracer: Tracer,
  { event, stream, group, entryId }: Delivery,
  handle: () => Promise<void>,
): Promise<void> {
  const startedMs = performance.now();
  const context = tracer.begin(event.traceparent, true);
  let failure: unknown;
  try {
    await tracer.run(context, handle);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const ok = failure === undefined;
    // While Redis is away there is nowhere to keep it, and the delivery comes again.
    const isKept = isWorthKeeping(context.sampled, event.correlationId, ok);
    if (isKept && !isRedisUnavailable(failure)) {
      tracer.end({
        ...context,
        name: `process ${stream}`,
        kind: "consumer",
        correlationId: event.correlationId,
        startedMs,
        durationMs: performance.now() - startedMs,
        ok,
        attributes: {
          "messaging.system": "redis",
          "messaging.operation.type": "process",
          "messaging.destination.name": stream,
          "messaging.consumer.group.name": group,
          "messaging.message.id": entryId,
          "astra.event.type": event.type,
          "error.type": failure instanceof Error ? failure.name : undefined,
        },
      });
    }
  }
}
