import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Paths } from "../paths.ts";
import { UserError } from "./user-error.ts";

/**
 * Makes the home with the passphrase that encrypts the secrets of every local stack, unless it is there. An existing one
 * is never written: without it, no stack can be opened any more.
 *
 * @throws UserError when the file is there and empty
 */
export function ensurePassphrase({ home, state, passphraseFile }: Paths): void {
  mkdirSync(state, { recursive: true });
  chmodSync(home, 0o700);
  const draft = `${passphraseFile}.${randomUUID()}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    // Unlike a rename, this fails when the name is taken; and nobody ever reads half a passphrase.
    linkSync(draft, passphraseFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  if (readFileSync(passphraseFile, "utf8").trim() === "") {
    throw new UserError(
      `The passphrase file ${passphraseFile} is empty. Put the passphrase of your stacks back into it; if there are no ` +
        "stacks yet, delete it and run this again.",
    );
  }
}
