import type { HttpAnswer } from "../evidence.ts";

/** An answer in a few words: its status, and the start of its body where it is no success. */
export function answerText({ status, body }: Pick<HttpAnswer, "status" | "body">): string {
  if (status === 0) return `no answer (${body.slice(0, 160)})`;
  if (status >= 200 && status < 300) return String(status);
  const start = body.replaceAll(/\s+/g, " ").trim().slice(0, 160);
  return start === "" ? String(status) : `${status} ${start}`;
}
