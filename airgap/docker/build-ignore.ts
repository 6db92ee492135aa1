/** Decides which paths of a build context stay at home, by the rules of `.dockerignore`. */
export interface IgnoreRules {
  /** Whether a path (relative to the context, with `/`) is left out of the context. */
  ignores(path: string): boolean;
  /** Whether a directory that is left out may still hold something that a `!` pattern brings back. */
  mayReinclude(directory: string): boolean;
}

interface Pattern {
  readonly negated: boolean;
  readonly expression: RegExp;
  readonly segments: readonly string[];
}

/**
 * Reads the text of a `.dockerignore`. These are Docker's rules, not git's: a pattern is anchored at
 * the root of the context, `*` stays within a path segment, a pattern that matches a directory takes
 * all below it, and of several matching patterns the last one wins.
 *
 * @throws Error for a pattern that is no valid expression, naming it.
 */
export function parseDockerignore(text: string): IgnoreRules {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "!")
    .map(parsePattern);
  return {
    ignores: (path) => {
      const parents = withParents(path);
      let ignored = false;
      for (const pattern of patterns) {
        // Only a pattern that could change the answer is worth a match.
        if (pattern.negated !== ignored) continue;
        if (parents.some((candidate) => pattern.expression.test(candidate))) {
          ignored = !pattern.negated;
        }
      }
      return ignored;
    },
    mayReinclude: (directory) =>
      patterns.some(({ negated, segments }) => negated && reaches(segments, directory.split("/"))),
  };
}

function parsePattern(line: string): Pattern {
  const negated = line.startsWith("!");
  const raw = negated ? line.slice(1).trim() : line;
  const segments = cleanSegments(raw);
  try {
    return { negated, segments, expression: new RegExp(`^${toExpression(segments.join("/"))}$`) };
  } catch (cause) {
    throw new Error(`the pattern "${line}" in .dockerignore cannot be read; check its brackets`, {
      cause,
    });
  }
}

/** Drops empty and `.` segments and resolves `..`, as the builder does before it matches. */
function cleanSegments(pattern: string): string[] {
  const segments: string[] = [];
  for (const segment of pattern.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === ".." && segments.length > 0) segments.pop();
    else segments.push(segment);
  }
  return segments;
}

function toExpression(pattern: string): string {
  let expression = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "*" && pattern.charAt(at + 1) === "*") {
      // `**` followed by a slash also stands for no directory at all.
      if (pattern.charAt(at + 2) === "/") {
        expression += "(?:.*/)?";
        at += 2;
      } else {
        expression += ".*";
        at += 1;
      }
    } else if (character === "*") expression += "[^/]*";
    else if (character === "?") expression += "[^/]";
    else if (character === "[" || character === "]") expression += character;
    else if (character === "\\") {
      at += 1;
      expression += escape(pattern.charAt(at));
    } else if (character === "-" || character === "^") expression += character;
    else expression += escape(character);
  }
  return expression;
}

function escape(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function withParents(path: string): string[] {
  const segments = path.split("/");
  return segments.map((_, index) => segments.slice(0, segments.length - index).join("/"));
}

/** Whether a pattern can match something below a directory, judged segment by segment. */
function reaches(pattern: readonly string[], directory: readonly string[]): boolean {
  for (const [index, segment] of directory.entries()) {
    const expected = pattern[index];
    if (expected === undefined) return false;
    if (expected.includes("**")) return true;
    if (!new RegExp(`^${toExpression(expected)}$`).test(segment)) return false;
  }
  return pattern.length > directory.length;
}
