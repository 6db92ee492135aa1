import { errorAnswerSchema } from "../../catalog/endpoints.ts";
import type { HttpAnswer } from "../evidence.ts";

const maxLength = 200;

/** An answer in a few words: its status and, where it is no success, what the platform says of it. */
export function answerText({ status, body, json }: Pick<HttpAnswer, "status" | "body" | "json">) {
  if (status === 0) return `no answer (${body.slice(0, maxLength)})`;
  if (status >= 200 && status < 300) return String(status);
  const problem = errorAnswerSchema.safeParse(json);
  const text = problem.success
    ? `${problem.data.error.code}: ${problem.data.error.message}`
    : body.replaceAll(/\s+/g, " ").trim();
  return `${status} ${text.slice(0, maxLength)}`.trimEnd();
}
