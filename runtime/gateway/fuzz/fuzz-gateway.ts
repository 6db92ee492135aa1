import fc from "fast-check";
import { expect } from "vitest";
import { readText, startTestGateway, startTestService } from "../testing/test-gateway.ts";
import { type Conversation, talk } from "../testing/raw-client.ts";
import { cuts, type Message, pipeline, smuggledUrl } from "./messages.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined while it is not whole. */
  body: string | undefined;
}

/**
 * Sends pipelines of good and bad requests to a whole gateway, with a service behind it that answers with what it got, and holds what
 * comes back against what the service saw.
 * @throws the pipeline that shows a mistake, and the seed that makes it again
 */
export async function fuzzGateway(seed: number, numRuns: number): Promise<void> {
  const seen: Seen[] = [];
  let underWay = 0;
  const service = await startTestService("trading", (request, response) => {
    const { method = "", url = "", headers } = request;
    const one: Seen = { method, url, headers, body: undefined };
    seen.push(one);
    underWay += 1;
    response.once("close", () => (underWay -= 1));
    void readText(request, "latin1").then(
      (body) => {
        one.body = body;
        response.setHeader("x-url", url);
        response.end(body, "latin1");
      },
      () => response.destroy(),
    );
  });
  const gateway = await startTestGateway({ userPerMinute: 1e6, addressPerMinute: 1e6 });
  gateway.register(service.instance);
  try {
    await fc.assert(
      fc.asyncProperty(pipeline, cuts, async (messages, places) => {
        seen.length = 0;
        // Ends a connection that is still in order, so that nothing must be waited for.
        const last = "GET /health/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n";
        const text = messages.map((message) => message.text).join("") + last;
        const conversation = await talk(gateway.port, cut(text, places), {
          methods: messages.map(({ good }) => good?.method ?? "GET"),
          isBusy: () => underWay > 0,
          quietMs: 1500,
        });
        check(messages, conversation, seen);
        expect((await gateway.ask("/health/live")).status).toBe(200);
      }),
      { seed, numRuns, endOnFailure: false, interruptAfterTimeLimit: 600_000 },
    );
  } finally {
    await gateway.stop();
    await service.stop();
  }
}

function check(
  messages: readonly Message[],
  conversation: Conversation,
  seen: readonly Seen[],
): void {
  const answers = conversation.answers.filter(({ status }) => status >= 200);
  // Everything that came back is a whole answer, and none says that the gateway is at fault.
  expect(conversation.rest).toBe("");
  expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);

  // The service saw what the client has its answer to, in that order, and nothing else but a last one that broke off.
  const answered = answers.flatMap(({ headers }) => headers["x-url"] ?? []);
  expect(seen.filter(({ body }) => body !== undefined).map(({ url }) => url)).toEqual(answered);
  expect(seen.slice(0, -1).filter(({ body }) => body === undefined)).toEqual([]);
  expect(seen.map(({ url }) => url)).not.toContain(smuggledUrl);

  // Nobody is who he is not.
  for (const { headers } of seen) {
    expect(headers["x-user-id"]).not.toBe("eve");
    expect(headers["x-forwarded-for"]).toBe("127.0.0.1");
    expect(headers).not.toHaveProperty("transfer_encoding");
    expect(Object.keys(headers).filter((name) => name.includes("_"))).toEqual([]);
  }

  // What was in order, and came before anything that was not, is answered as if it had come alone.
  const firstOdd = messages.findIndex(({ good }) => good === undefined);
  const before = firstOdd === -1 ? messages : messages.slice(0, firstOdd);
  before.forEach(({ good }, index) => {
    const answer = answers[index];
    expect([answer?.status, answer?.headers["x-url"]]).toEqual([200, good?.url]);
    if (good?.method !== "HEAD") expect(answer?.body === good?.body).toBe(true);
    expect(seen[index]?.headers["x-user-id"]).toBe(good?.user);
    expect(seen[index]?.body === good?.body).toBe(true);
  });
  if (firstOdd === -1)
    expect([answers.length, conversation.ended]).toEqual([messages.length + 1, true]);
}

function cut(text: string, places: readonly number[]): string[] {
  const at = places.map((place) => Math.floor(place * text.length)).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
}
