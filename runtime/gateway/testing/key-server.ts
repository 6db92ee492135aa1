import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** A token service of the test's own: makes keys, signs with them, and publishes their public parts. */
export interface KeyServer {
  readonly url: string;
  /** Times that the set was asked for. */
  readonly asked: () => number;
  /** Makes a key, and publishes it until it is withdrawn. */
  addKey(id: string): Promise<void>;
  withdraw(id: string): void;
  /** Signs; `claims` beside those of a good token, or instead of them; undefined takes one away. */
  sign(keyId: string, claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** The public part of a key, as it is published. */
  publicKey(id: string): Promise<Record<string, unknown>>;
  /** What the endpoint does from now on. @default the set */
  answer(how: "set" | "error" | "garbage" | "nothing" | "huge"): void;
  stop(): Promise<void>;
}

export const issuer = "https://users.test";
export const audience = "astratrade";
/** The test's time, in seconds. */
export const now = 1_800_000_000;

export async function startKeyServer(): Promise<KeyServer> {
  const keys = new Map<string, { publicKey: CryptoKey; privateKey: CryptoKey }>();
  const published = new Set<string>();
  let asked = 0;
  let how: Parameters<KeyServer["answer"]>[0] = "set";

  async function publicKey(id: string): Promise<Record<string, unknown>> {
    const pair = keys.get(id);
    if (pair === undefined) throw new Error(`There is no key ${id}.`);
    return { ...(await exportJWK(pair.publicKey)), kid: id, use: "sig", alg: "EdDSA" };
  }

  const server: Server = createServer((_request, response) => {
    asked += 1;
    if (how === "nothing") return;
    if (how === "error") response.writeHead(500).end();
    else if (how === "garbage") response.end("<html>");
    else if (how === "huge") response.end(JSON.stringify({ keys: [], pad: "x".repeat(70_000) }));
    else {
      void Promise.all([...published].map(publicKey)).then((list) =>
        response.end(JSON.stringify({ keys: [{ kty: "RSA", kid: "other" }, ...list] })),
      );
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    asked: () => asked,
    addKey: async (id) => {
      keys.set(id, await generateKeyPair("EdDSA", { extractable: true }));
      published.add(id);
    },
    withdraw: (id) => {
      published.delete(id);
    },
    sign: (keyId, claims = {}, header = {}) => {
      const pair = keys.get(keyId);
      if (pair === undefined) throw new Error(`There is no key ${keyId}.`);
      const good = { sub: "ada", iss: issuer, aud: audience, iat: now, exp: now + 600 };
      return new SignJWT({ ...good, ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid: keyId, ...header })
        .sign(pair.privateKey);
    },
    publicKey,
    answer: (next) => {
      how = next;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
