/**
 * What is wrong with a path, or undefined. Every path has one spelling here: what could be read in two ways, by the gateway and
 * by a service, is refused and not rewritten, since limits, rules and logs all go by the path as it came. So there are
 * no dot segments, no empty segments, no backslashes, nothing encoded that need not be (a rule for `/execute` would miss
 * `/%65xecute`, which a service decodes), and no encoded slashes or control characters.
 */
export function pathProblem(path: string): string | undefined {
  if (plain.test(path)) return undefined;
  if (!path.startsWith("/")) return 'must begin with "/"';
  return checks.find(({ pattern }) => pattern.test(path))?.problem;
}

/** Nearly every path: segments of plain characters that do not begin with a dot, perhaps a slash at the end. */
const plain = /^(?:\/[\w~@!$'()*,=+&:-][\w.~@!$'()*,=+&:-]*)*\/?$/;

const checks = [
  { pattern: /[\\#]|%5c/i, problem: "must not contain backslashes or #" },
  { pattern: /%2f/i, problem: "must not contain encoded slashes" },
  {
    pattern: /%(?![0-9a-f]{2})/i,
    problem: "has a % that is not followed by two hexadecimal digits",
  },
  { pattern: /[^\x21-\x7e]|%[01][0-9a-f]|%7f/i, problem: "must not contain control characters" },
  { pattern: /(^|\/)(\.|%2e){1,2}(;|%3b|\/|$)/i, problem: "must not contain . or .. segments" },
  { pattern: /\/\//, problem: "must not contain empty segments (//)" },
  {
    pattern: /%(2d|2e|3[0-9]|5f|7e|[46][1-9a-f]|[57][0-9a])/i,
    problem: "must not encode letters, digits, or any of -._~",
  },
] as const;
