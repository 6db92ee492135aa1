import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contextDigest, listContext, readIgnoreRules } from "./build-context.ts";

/** The context behind the recorded image builds, to the byte. */
const RECORDED_DOCKERFILE = `FROM contract/base:1 AS base
ARG GREETING=hello
ENV GREETING=\${GREETING}
COPY hello.txt /hello.txt
CMD ["sleep","100000"]
FROM base AS final
LABEL contract=final
`;

let context: string;
beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), "build-context-"));
});
afterEach(() => {
  rmSync(context, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    writeFileSync(join(context, path), content);
    chmodSync(join(context, path), 0o644);
  }
}

function digest(dockerfile = join(context, "Dockerfile")): string {
  return contextDigest(context, dockerfile);
}

function listed(): string[] {
  const rules = readIgnoreRules(context, join(context, "Dockerfile"));
  return listContext(context, rules).map(({ path }) => path);
}

describe("contextDigest", () => {
  it.each([
    ["one", "aef2718125f56e93e6f0fb8a60333d81d3e98beb000fc7d2b47fe4420f02ff3e"],
    ["two", "38c3c39aaf940eaecfc2893b2664c629a7c2f0fe224688af51dc83b3f3455a30"],
    ["three", "e7a65e51d79c0e893a9e9ed36a80a6aa424d5c9c0b8bc826fdb02c0455c00471"],
  ])("is the one that the official provider recorded for %s", (word, recorded) => {
    write({ Dockerfile: RECORDED_DOCKERFILE, "hello.txt": `${word}\n` });
    expect(digest()).toBe(recorded);
  });

  it("changes with a name, a mode and a content, and not with an ignored file or a time", () => {
    write({ Dockerfile: "FROM scratch\n", ".dockerignore": "*.log\n", "a.txt": "a" });
    const first = digest();
    write({ "noise.log": "x", "a.txt": "a" });
    expect(digest()).toBe(first);
    chmodSync(join(context, "a.txt"), 0o755);
    const executable = digest();
    expect(executable).not.toBe(first);
    write({ "a.txt": "b" });
    expect(new Set([first, executable, digest()]).size).toBe(3);
  });

  it("takes a Dockerfile from outside of the context by its content alone", () => {
    write({
      "app/a.txt": "a",
      "one.Dockerfile": "FROM scratch\n",
      "two.Dockerfile": "FROM scratch\n",
    });
    const app = join(context, "app");
    expect(contextDigest(app, join(context, "one.Dockerfile"))).toBe(
      contextDigest(app, join(context, "two.Dockerfile")),
    );
  });

  it("takes a link by where it leads, not by what is there", () => {
    write({ Dockerfile: "FROM scratch\n", "a/x": "1", "b/x": "2" });
    symlinkSync("a", join(context, "link"));
    const first = digest();
    rmSync(join(context, "link"));
    symlinkSync("b", join(context, "link"));
    expect(digest()).not.toBe(first);
  });
});

describe("listContext", () => {
  it("is sorted by bytes, folders before their files, links not followed", () => {
    write({ Dockerfile: "", "b/two": "", "b/One": "", "a.txt": "", é: "", B: "" });
    symlinkSync("b", join(context, "c"));
    expect(listed()).toEqual(["B", "Dockerfile", "a.txt", "b", "b/One", "b/two", "c", "é"]);
  });

  it("brings back what an exception names inside an ignored folder", () => {
    write({
      Dockerfile: "",
      ".dockerignore": "**\n!src/*.ts\n",
      "src/a.ts": "",
      "src/a.js": "",
      "src/deep/b.ts": "",
      "other/c.ts": "",
    });
    expect(listed()).toEqual(["src/a.ts"]);
  });

  it("prefers the ignore file that belongs to the Dockerfile", () => {
    write({
      Dockerfile: "",
      ".dockerignore": "a\n",
      "Dockerfile.dockerignore": "b\n",
      a: "",
      b: "",
    });
    expect(listed()).toEqual([".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "a"]);
  });
});
