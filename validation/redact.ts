const hidden = "[redacted]";

const sensitiveName = /pass|secret|token|key/i;

/** `NAME=value`, `name: value` and `"name": "value"` in running text, as logs and command lines have them. */
const assignment =
  /([\w.-]*(?:pass|secret|token|key)[\w.-]*["']?\s*(?:=|:)\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;}&]+)/gi;
/** Long enough not to be a word of a sentence. */
const authorization = /\b(bearer|basic)\s+[\w.~+/=-]{16,}/gi;
const urlCredentials = /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi;

/**
 * Takes secrets out of anything that is stored or shown: every value under a name that looks like a secret's, every such
 * assignment, bearer token and URL credential inside text, and the values that are known to be secret.
 * @param secrets known values; one shorter than four characters is ignored, since it would blank out ordinary text
 */
export function redact<T>(value: T, secrets: readonly string[] = []): T {
  const known = secrets.filter((secret) => secret.length >= 4);
  return redactValue(value, known) as T;
}

/** The same for one text. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, hidden);
  return clean
    .replace(urlCredentials, `$1${hidden}@`)
    .replace(authorization, `$1 ${hidden}`)
    .replace(assignment, `$1${hidden}`);
}

function redactValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redactText(name, secrets),
      sensitiveName.test(name) ? hidden : redactValue(inner, secrets),
    ]),
  );
}
