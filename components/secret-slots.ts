/** SHA-256 of a client's Redis password, in hexadecimal digits, by client. */
export type PasswordHashes = Readonly<Record<string, string>>;

const slot = /\{\{sha256:([a-z0-9-]+)\}\}/g;

/**
 * The place in a generated file that the hash of a Redis password goes to. Files are kept in release records with their
 * places empty, so that a record holds no secret.
 */
export function passwordHashSlot(client: string): string {
  return `{{sha256:${client}}}`;
}

export function hasSlots(content: string): boolean {
  return content.search(slot) !== -1;
}

/**
 * Puts the hashes in their places.
 * @throws Error that names a client whose password nobody has made
 */
export function fillSlots(content: string, hashes: PasswordHashes): string {
  return content.replaceAll(slot, (_slot, client: string) => {
    const hash = hashes[client];
    if (hash === undefined) throw new Error(`No Redis password is made for "${client}".`);
    return hash;
  });
}
