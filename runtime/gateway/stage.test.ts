import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { beginExchange, compose, type Exchange, type Stage } from "./stage.ts";

function exchange(url = "/"): Exchange {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  return beginExchange(request, new ServerResponse(request));
}

describe("compose", () => {
  it("runs the stages in order, and back again", async () => {
    const order: string[] = [];
    const stage =
      (name: string): Stage =>
      async (_exchange, next) => {
        order.push(`> ${name}`);
        await next();
        order.push(`< ${name}`);
      };
    const answer: Stage = () => {
      order.push("answer");
      return Promise.resolve();
    };
    await compose([stage("a"), stage("b"), answer])(exchange());
    expect(order).toEqual(["> a", "> b", "answer", "< b", "< a"]);
  });

  it("stops where a stage answers", async () => {
    const never: Stage = () => Promise.reject(new Error("reached"));
    await compose([() => Promise.resolve(), never])(exchange());
  });

  it("brings an error to the stages before", async () => {
    let caught: unknown;
    const guard: Stage = async (_exchange, next) => {
      await next().catch((error: unknown) => {
        caught = error;
      });
    };
    const broken: Stage = () => {
      throw new Error("broken");
    };
    await compose([guard, broken])(exchange());
    expect(caught).toEqual(new Error("broken"));
  });

  it("takes a second next() for the bug it is", async () => {
    const twice: Stage = async function twiceStage(_exchange, next) {
      await next();
      await next();
    };
    const run = compose([twice, () => Promise.resolve()]);
    await expect(run(exchange())).rejects.toThrow("Stage twiceStage called next() twice.");
  });

  it("does not let a request go unanswered", async () => {
    const run = compose([(_exchange, next) => next()]);
    await expect(run(exchange())).rejects.toThrow("No stage answered the request.");
  });
});

describe("beginExchange", () => {
  it.each([
    ["/a/b?c=1?d", "/a/b", "?c=1?d"],
    ["/a", "/a", ""],
    ["/?", "/", "?"],
  ])("splits %s", (url, path, query) => {
    expect(exchange(url)).toMatchObject({ path, query });
  });
});
