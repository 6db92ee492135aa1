import type { IncomingMessage } from "node:http";
import { headers, paths } from "../../../catalog/endpoints.ts";
import { Problem } from "../../kit/errors.ts";
import { parseUserIdHeader } from "../../kit/identity.ts";
import { parseJson } from "../../kit/json.ts";
import { type UserId, userIdSchema } from "../../kit/user-id.ts";
import { type Exchange, hasBody } from "../stage.ts";
import type { Identify } from "./identify.ts";

/** So much of a body is read to find who asks. */
const maxBodyBytes = 64 * 1024;

/** The request's word is taken: `X-User-ID`, or else the body's `user_id`, as in the plan's trade. */
export const identifyByHeader: Identify = (exchange) => {
  const header = exchange.request.headers[headers.userId];
  if (typeof header === "string") return parseUserIdHeader(header);
  return mayCarryUserId(exchange) ? findInBody(exchange) : undefined;
};

async function findInBody(exchange: Exchange): Promise<UserId | undefined> {
  exchange.body = await readBody(exchange.request);
  if (exchange.body.length === 0) return undefined;
  const json = parseJson(exchange.body.toString("utf8"));
  if (typeof json !== "object" || json === null || !("user_id" in json)) return undefined;
  // One that is not valid is for the service to refuse, together with whatever else is wrong.
  return userIdSchema.safeParse(json.user_id).data;
}

function mayCarryUserId({ request, path }: Exchange): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  if (!path.startsWith(`${paths.apiPrefix}/`)) return false;
  return (
    hasBody(request) &&
    /^application\/([\w.+-]+\+)?json\b/i.test(request.headers["content-type"] ?? "")
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > maxBodyBytes) throw tooLarge();
    }
  } catch (error) {
    // The client is gone; nobody will read this.
    if (request.destroyed) throw new Problem("invalid_request", { cause: error });
    throw error;
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Problem {
  return new Problem("body_too_large", {
    message: `The body is larger than ${maxBodyBytes / 1024} KiB. Say who asks in the header "X-User-ID", and it is not read here.`,
  });
}
