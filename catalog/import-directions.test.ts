import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/**
 * Which folder may import which, beside itself. The deployer and the runtime share the catalogue and nothing else, and
 * the toolchain for machines without registries stands alone.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["catalog", "topology", "components"],
  catalog: [],
  topology: ["catalog"],
  monitoring: ["catalog", "topology"],
  components: ["catalog", "topology", "monitoring"],
  runtime: ["catalog"],
  validation: ["catalog"],
  cli: ["catalog", "topology", "validation"],
  airgap: [],
  bench: ["catalog", "topology", "cli"],
};

function place(path: string): string {
  return relative(root, path).split(sep)[0] ?? "";
}

function forbiddenImports(file: string, text: string): string[] {
  const from = place(join(root, file));
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return (
    [...specifiers]
      .map(([, specifier]) => place(join(root, dirname(file), specifier ?? "")))
      // Versions stand in package.json once; everybody may read them.
      .filter((to) => to !== "package.json" && to !== from && !(allowed[from] ?? []).includes(to))
      .map((to) => `${file} imports ${to}`)
  );
}

test("every import goes the allowed way", () => {
  const files = globSync("{index.ts,*/**/*.{ts,mjs}}", {
    cwd: root,
    exclude: (path) => path.startsWith("node_modules") || path.startsWith(".build"),
  }).filter((file) => !file.endsWith("import-directions.test.ts"));
  expect(files.length).toBeGreaterThan(50);
  expect(
    files.flatMap((file) => forbiddenImports(file, readFileSync(join(root, file), "utf8"))),
  ).toEqual([]);
});

test("an import the wrong way is found", () => {
  expect(forbiddenImports("catalog/a.ts", 'import { b } from "../runtime/b.ts";')).toEqual([
    "catalog/a.ts imports runtime",
  ]);
  expect(forbiddenImports("cli/x/a.ts", 'await import("../../airgap/b.ts")')).toEqual([
    "cli/x/a.ts imports airgap",
  ]);
  expect(forbiddenImports("runtime/a.ts", 'import { b } from "../catalog/b.ts";')).toEqual([]);
});
