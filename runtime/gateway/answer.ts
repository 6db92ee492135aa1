import { headers } from "../../catalog/endpoints.ts";
import type { Exchange } from "./stage.ts";
import { bodyRest, endEarly } from "./unread-body.ts";

export const jsonType = "application/json; charset=utf-8";

/** An answer of the gateway's own. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function sendAnswer(exchange: Exchange, answer: Answer): void {
  const { request, response } = exchange;
  const { status, contentType, body } = answer;
  const length = Buffer.byteLength(body);
  const fields = ["content-type", contentType, "content-length", String(length)];
  ownHeaders(exchange, fields);
  for (const [name, value] of Object.entries(answer.headers ?? {})) fields.push(name, value);
  const rest = bodyRest(request);
  if (rest === "close") fields.push("connection", "close");
  response.writeHead(status, fields);
  const sent = request.method === "HEAD" ? undefined : body;
  if (sent !== undefined) exchange.responseBytes = length;
  if (rest === "nothing") response.end(sent);
  else endEarly(request, response, sent, rest);
}

export function sendJson(
  exchange: Exchange,
  status: number,
  body: unknown,
  extraHeaders: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  sendAnswer(exchange, { status, contentType: jsonType, body: text, headers: extraHeaders });
}

/** 204: all that there is to say is in the headers. */
export function sendEmpty(exchange: Exchange): void {
  const { request, response } = exchange;
  const fields: string[] = [];
  ownHeaders(exchange, fields);
  const rest = bodyRest(request);
  if (rest === "close") fields.push("connection", "close");
  response.writeHead(204, fields);
  if (rest === "nothing") response.end();
  else endEarly(request, response, undefined, rest);
}

/** Adds the headers of every answer, the gateway's own and the services', to a flat list of names and values. */
export function ownHeaders(exchange: Exchange, fields: string[]): void {
  const seconds = (performance.now() - exchange.startedMs) / 1000;
  fields.push(headers.correlationId, exchange.correlationId);
  fields.push("x-processing-time", `${seconds.toFixed(4)}s`);
  for (const field of exchange.answerHeaders) fields.push(field);
}
