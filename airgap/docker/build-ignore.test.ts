import { describe, expect, it } from "vitest";
import { parseDockerignore } from "./build-ignore.ts";

describe("parseDockerignore", () => {
  it.each([
    ["", "a", false],
    ["# a\n\n  \n", "a", false],
    ["a", "a", true],
    ["a", "a/b/c", true],
    ["a", "b/a", false],
    ["/a", "a", true],
    ["./a/", "a/b", true],
    ["x/../a", "a", true],
    ["*.md", "README.md", true],
    ["*.md", "docs/README.md", false],
    ["*/*.md", "docs/README.md", true],
    ["**/*.md", "README.md", true],
    ["**/*.md", "a/b/README.md", true],
    ["docs/**", "docs/a/b", true],
    ["docs/**", "docs", false],
    ["**/node_modules", "a/node_modules/b/index.js", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["[ab].txt", "b.txt", true],
    ["[a-c].txt", "d.txt", false],
    ["[^a].txt", "b.txt", true],
    ["a.txt", "a-txt", false],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["*\n!keep", "keep", false],
    ["*\n!keep", "keep/inside", false],
    ["*\n!keep\nkeep/not", "keep/not", true],
    ["!keep\n*", "keep", true],
    ["\uFEFFa\r\nb", "b", true],
    ["a+b(c)", "a+b(c)", true],
  ])("%j says of %s: ignored %s", (text, path, expected) => {
    expect(parseDockerignore(text).ignores(path)).toBe(expected);
  });

  it.each([
    ["a\n!a/b/c", "a", true],
    ["a\n!a/b/c", "a/b", true],
    ["a\n!a/b/c", "a/x", false],
    ["*\n!src", "node_modules", false],
    ["*\n!**/keep", "any/where", true],
    ["a", "a", false],
  ])("%j: may anything in %s come back? %s", (text, directory, expected) => {
    expect(parseDockerignore(text).mayReinclude(directory)).toBe(expected);
  });

  it("names a pattern that it cannot read", () => {
    expect(() => parseDockerignore("ok\nbad[z-a]\n")).toThrow(
      'the pattern "bad[z-a]" in .dockerignore cannot be read',
    );
  });
});
