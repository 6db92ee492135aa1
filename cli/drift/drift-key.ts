import { randomBytes, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../paths.ts";
import { UserError } from "../setup/user-error.ts";

/**
 * The key of the hashes that stand for secrets. It is random and made once, so that a hash means the same in every
 * command on this machine. It is not derived from the passphrase, which people may choose themselves: each hash of a
 * known value would let a guess at the passphrase be tried.
 * @throws UserError when its file is there and empty
 */
export function driftKey({ home }: Pick<Paths, "home">): Buffer {
  const file = join(home, "drift-key");
  const known = read(file);
  if (known !== null) return known;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    // Unlike a rename, this fails when another command was quicker; and nobody ever reads half a key.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(file) ?? missing(file);
}

function read(file: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  if (text === "") missing(file);
  return Buffer.from(text, "base64url");
}

function missing(file: string): never {
  throw new UserError(
    `The key file ${file} is empty. Delete it and run this again: a new one is made, and only the hashes shown for ` +
      "secrets change.",
  );
}
