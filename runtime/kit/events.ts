import { z } from "zod";
import { type Clock, isoTime, type Random } from "./clock.ts";
import { formatTraceparent } from "./tracing/traceparent.ts";
import type { Tracer } from "./tracing/tracer.ts";

/** An event as it travels: what happened, when, who says so and on whose request. */
export interface EventEnvelope {
  readonly id: string;
  /** `astra.<domain>.<name>.v<version>` */
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly correlationId: string;
  /** `<service>@<instance>` */
  readonly producer: string;
  /** W3C Trace Context: the span that it happened in. Events from before there were traces have none. */
  readonly traceparent?: string;
  readonly payload: unknown;
}

/**
 * Streams are trimmed to about this length, oldest first, so that a consumer that is never started cannot fill the
 * memory: at 600 bytes an event this is about 30 MB a domain, and 180 MB for the six.
 */
export const maxStreamLength = 50_000;

/** What a service puts on its events beside what happened. */
export interface EventSource {
  readonly domain: string;
  readonly producer: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Says in whose span an event is published. */
  readonly tracer: Pick<Tracer, "current">;
}

/**
 * Makes the argument for {@link publishLua}'s `publish`.
 * @param payload left out where only the script knows it; then the script passes it to `publish`
 */
export function encodeEvent(
  { domain, producer, clock, random, tracer }: EventSource,
  event: { readonly name: string; readonly correlationId: string; readonly payload?: unknown },
): string {
  const span = tracer.current();
  const envelope: EventEnvelope = {
    id: `evt_${random.hex(16)}`,
    type: eventType(domain, event.name),
    time: isoTime(clock),
    correlationId: event.correlationId,
    producer,
    ...(span === undefined ? {} : { traceparent: formatTraceparent(span) }),
    payload: JSON.stringify(event.payload ?? {}),
  };
  return JSON.stringify(envelope);
}

/** @returns for example `astra.trading.trade_executed.v1` */
export function eventType(domain: string, name: string, version = 1): string {
  return `astra.${domain}.${name}.v${version}`;
}

/** Lua library: `publish(stream, event, payload)` appends an encoded event; `payload`, JSON text, may be nil. */
export const publishLua = `
local function publish(stream, event, payload)
  local e = cjson.decode(event)
  local fields = { 'id', e.id, 'type', e.type, 'time', e.time, 'correlationId', e.correlationId,
    'producer', e.producer, 'payload', payload or e.payload }
  if e.traceparent then
    fields[#fields + 1] = 'traceparent'
    fields[#fields + 1] = e.traceparent
  end
  return redis.call('XADD', stream, 'MAXLEN', '~', '${maxStreamLength}', '*', unpack(fields))
end`;

/**
 * Reads a stream entry's fields.
 * @throws Error that says what is wrong with them
 */
export function parseEvent(fields: readonly string[]): EventEnvelope {
  const entries: [string, string][] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    entries.push([fields[index] ?? "", fields[index + 1] ?? ""]);
  }
  const parsed = envelopeSchema.safeParse(Object.fromEntries(entries));
  if (!parsed.success) throw new Error(`not an event: ${z.prettifyError(parsed.error)}`);
  const { payload, traceparent, ...envelope } = parsed.data;
  return {
    ...envelope,
    ...(traceparent === undefined ? {} : { traceparent }),
    payload: JSON.parse(payload) as unknown,
  };
}

const envelopeSchema = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  time: z.iso.datetime(),
  correlationId: z.string(),
  producer: z.string(),
  traceparent: z.string().optional(),
  payload: z.string(),
});
