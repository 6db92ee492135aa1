import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** A trace collector as far as a sender can tell: it checks and notes what comes, and answers as it is told to. */
export interface TestCollector {
  readonly endpoint: string;
  readonly batches: CollectedBatch[];
  close(): Promise<void>;
}

export interface CollectedBatch {
  readonly path: string;
  readonly type: string;
  readonly resource: ReadonlyMap<string, string>;
  readonly spans: readonly CollectedSpan[];
}

export type CollectedSpan = z.infer<typeof spanSchema>;

/** @param request counts from 1 */
export type Reply = (response: ServerResponse, request: number) => void;

export const accept: Reply = (response) => response.writeHead(200).end("{}");

export async function startCollector(reply: Reply = accept, port = 0): Promise<TestCollector> {
  const batches: CollectedBatch[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = bodySchema.safeParse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      if (!body.success) {
        response.writeHead(400).end(z.prettifyError(body.error));
        return;
      }
      const [{ resource, scopeSpans }] = body.data.resourceSpans;
      batches.push({
        path: request.url ?? "",
        type: request.headers["content-type"] ?? "",
        resource: new Map(
          resource.attributes.map(({ key, value }) => [key, value.stringValue ?? ""]),
        ),
        spans: scopeSpans[0].spans,
      });
      reply(response, batches.length);
    });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches,
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** What the protocol asks of an export request in JSON: no field more, ids of the right length, times as text. */
const attributeSchema = z.strictObject({
  key: z.string().min(1),
  value: z.strictObject({
    stringValue: z.string().optional(),
    intValue: z
      .string()
      .regex(/^-?\d+$/)
      .optional(),
    doubleValue: z.number().optional(),
    boolValue: z.boolean().optional(),
  }),
});
const spanIdSchema = z.string().regex(/^(?!0+$)[0-9a-f]{16}$/);
const nanosecondsSchema = z.string().regex(/^\d{19}$/);
const spanSchema = z.strictObject({
  traceId: z.string().regex(/^(?!0+$)[0-9a-f]{32}$/),
  spanId: spanIdSchema,
  parentSpanId: spanIdSchema.optional(),
  flags: z.number().int(),
  name: z.string().min(1),
  kind: z.union([z.literal(2), z.literal(3), z.literal(5)]),
  startTimeUnixNano: nanosecondsSchema,
  endTimeUnixNano: nanosecondsSchema,
  attributes: z.array(attributeSchema),
  status: z.strictObject({ code: z.literal(2).optional() }),
});
const bodySchema = z.strictObject({
  resourceSpans: z.tuple([
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attributeSchema) }),
      scopeSpans: z.tuple([
        z.strictObject({
          scope: z.strictObject({ name: z.string() }),
          spans: z.array(spanSchema).min(1),
        }),
      ]),
    }),
  ]),
});
