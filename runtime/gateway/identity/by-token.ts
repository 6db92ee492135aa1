import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../../kit/clock.ts";
import { Problem } from "../../kit/errors.ts";
import { type UserId, userIdSchema } from "../../kit/user-id.ts";
import type { Exchange } from "../stage.ts";
import type { Identify } from "./identify.ts";
import type { KeySet } from "./key-set.ts";

export interface TokenOptions {
  /** What the token's `iss` must be, and what must be in its `aud`. */
  readonly issuer: string;
  readonly audience: string;
  readonly keys: KeySet;
  readonly clock: Clock;
}

/**
 * The bearer token's word is taken, and nothing else: `X-User-ID` and the body's `user_id` say nothing. A token must be signed
 * with Ed25519 by a key that is published, whatever algorithm its header names; it must be of this issuer, for this audience, and
 * have `exp` and `sub`. A request without one is nobody's, which services refuse where they need somebody.
 * @throws Problem `token_invalid`, `token_expired`, `keys_unavailable`
 */
export function identifyByToken({ issuer, audience, keys, clock }: TokenOptions): Identify {
  // By the whole header, since cutting the token out of it for each request would only make another string to hash.
  const known = new LRUCache<string, Verified>({
    max: maxCached,
    maxSize: maxCachedChars,
    sizeCalculation: (_verified, header) => header.length,
  });
  let withdrawals = 0;
  keys.onWithdrawn(() => {
    withdrawals += 1;
    known.clear();
  });

  const rules = {
    issuer,
    audience,
    algorithms: ["EdDSA", "Ed25519"],
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ["sub", "exp"],
  };
  const findKey = async ({ kid }: JWTHeaderParameters) => {
    const key = kid === undefined ? undefined : await keys.find(kid);
    if (key === undefined) throw invalid("It is signed with a key that is not known here");
    return key;
  };

  async function verify(exchange: Exchange, header: string): Promise<UserId> {
    const token = tokenOf(header);
    const before = withdrawals;
    const currentDate = new Date(clock.nowMs());
    const { payload } = await jwtVerify(token, findKey, { ...rules, currentDate }).catch(
      (error: unknown) => {
        throw describeRefusal(error);
      },
    );
    const verified = readClaims(payload);
    // One whose key was withdrawn while it was checked must be checked again.
    if (withdrawals === before) known.set(header, verified);
    exchange.roles = verified.roles;
    return verified.user;
  }

  return (exchange) => {
    const header = exchange.request.headers.authorization;
    if (header === undefined) return undefined;
    // Services get the user's id, and have no use for what would let them act as the user.
    exchange.tokenUsed = true;
    const verified = known.get(header);
    if (verified === undefined) return verify(exchange, header);
    if (clock.nowMs() >= verified.validUntilMs) {
      known.delete(header);
      throw new Problem("token_expired");
    }
    exchange.roles = verified.roles;
    return verified.user;
  };
}

/** What a token said, once it was checked. */
interface Verified {
  readonly user: UserId;
  readonly roles: readonly string[];
  readonly validUntilMs: number;
}

/** Clocks of two machines that are kept by NTP differ by less. */
const clockToleranceSeconds = 5;
/** Ours have 300 to 500 characters. Checking a signature costs the more the longer it is what was signed. */
const maxTokenChars = 4096;
const maxCached = 10_000;
const maxCachedChars = 8 * 1024 * 1024;

function tokenOf(header: string): string {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header)?.[1];
  if (token === undefined) throw invalid('The header "Authorization" must be "Bearer <token>"');
  if (token.length > maxTokenChars) {
    throw invalid(`It has more than ${maxTokenChars} characters`);
  }
  return token;
}

function readClaims(payload: JWTPayload): Verified {
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) {
    const { path, message } = claims.error.issues[0] ?? { path: [], message: "is not valid" };
    throw invalid(`Its claim "${path.join(".")}" ${message}`);
  }
  const { sub, exp, roles } = claims.data;
  return { user: sub, roles, validUntilMs: (exp + clockToleranceSeconds) * 1000 };
}

/** Says which claim is wrong, which the client can read in the token itself; of signatures and keys only that they do not fit. */
function describeRefusal(error: unknown): Error {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return new Problem("token_expired");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(
      error.claim === "nbf"
        ? "It is not valid yet"
        : `Its claim "${error.claim}" is ${error.reason === "missing" ? "missing" : "not what it must be"}`,
    );
  }
  if (error instanceof errors.JOSEError)
    return invalid("It is not a token signed with Ed25519 by us");
  return error instanceof Error ? error : new Error(String(error));
}

function invalid(reason: string): Problem {
  return new Problem("token_invalid", { message: `The token is not valid. ${reason}.` });
}

const claimsSchema = z.object({
  sub: userIdSchema,
  exp: z.number().positive(),
  roles: z
    .array(z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/))
    .max(32)
    .default([]),
});
