import { createHash, createHmac } from "node:crypto";

/** Shows values to people without giving a secret away. The same value is always shown the same way. */
export interface Veil {
  /** A value under its name: in the plain, or as a keyed hash where name or content is a secret's. */
  readonly named: (name: string, value: string) => string;
  /** A command line: words that are secrets, or follow an option that takes one, are hidden. */
  readonly words: (words: readonly string[]) => string;
  /** The keyed hash that stands for a value. */
  readonly hidden: (value: string | Buffer) => string;
  /** Whether a text holds a known secret, or credentials in a URL. */
  readonly holdsSecret: (text: string) => boolean;
  /** Whether a line of a file may set a secret. */
  readonly setsSecret: (line: string) => boolean;
}

/** Names under which people keep secrets. */
const sensitive = /pass|pwd|secret|token|key|auth|credential/i;
/** An assignment, as configuration files and command lines have it. */
const sensitiveAssignment =
  /[\w.-]*(?:pass|pwd|secret|token|key|auth|credential)[\w.-]*["']?\s*(?:[:=]|\s)\s*\S/i;
const urlCredentials = /[a-z][a-z\d+.-]*:\/\/[^\s/@]+@/i;

/** Shorter ones would hide ordinary words. */
const shortestSecret = 4;
/** Of an HMAC-SHA-256, in hexadecimal digits: two values of a stack never share so many by chance. */
const hashDigits = 12;

/**
 * @param options.key of the hashes
 * @param options.secrets known secret values; their SHA-256 is taken for a secret too, since a configuration file may
 *   hold that in their place
 */
export function createVeil(options: {
  readonly key: Buffer;
  readonly secrets: readonly string[];
}): Veil {
  const plain = options.secrets.filter(({ length }) => length >= shortestSecret);
  const secrets = [...new Set(plain.flatMap((it) => [it, sha256(it)]))];
  const hidden = (value: string | Buffer): string => {
    const hash = createHmac("sha256", options.key).update(value).digest("hex");
    return `hidden (hmac ${hash.slice(0, hashDigits)})`;
  };
  const holdsSecret = (text: string): boolean =>
    urlCredentials.test(text) || secrets.some((secret) => text.includes(secret));
  return {
    hidden,
    holdsSecret,
    setsSecret: (line) => sensitiveAssignment.test(line),
    named: (name, value) => (sensitive.test(name) || holdsSecret(value) ? hidden(value) : value),
    words: (words) =>
      words
        .map((word, index) => {
          const isSecret = holdsSecret(word) || namesSecret(word) || takesSecret(words[index - 1]);
          return isSecret ? hidden(word) : quote(word);
        })
        .join(" "),
  };
}

/** `--requirepass=…`, `TOKEN=…` */
function namesSecret(word: string): boolean {
  const at = word.indexOf("=");
  return at > 0 && at <= longestOption && sensitive.test(word.slice(0, at));
}

/** `--requirepass …` */
function takesSecret(word = ""): boolean {
  return word.length <= longestOption && !word.includes("=") && sensitive.test(word);
}

/** A longer word is a script, not an option. */
const longestOption = 40;

function sha256(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

function quote(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word);
}
