import { build } from "esbuild";
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { slimBundle } from "./slim-bundle.ts";

export interface RuntimeBuild {
  /** Files of the build context, sorted by path. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** SHA-256 over paths and contents: equal for equal sources, wherever and whenever they are built. */
  readonly digest: string;
}

/**
 * Writes the Docker build context of the runtime image: a Dockerfile, and in `app/` the code of gateway and services with
 * everything it needs. The same sources give the same bytes and modes, whatever the folder, the clock and the umask,
 * since the hash of the context decides whether the image is built again.
 * @param outDir made if it is not there; what an earlier build left in it is replaced
 */
export async function buildRuntime(outDir: string): Promise<RuntimeBuild> {
  const contents = new Map<string, Buffer>([
    ["Dockerfile", await readFile(join(runtimeDir, "Dockerfile"))],
    ...(await bundle()),
  ]);
  const paths = [...contents.keys()].sort();
  await rm(join(outDir, "app"), { recursive: true, force: true });
  const hash = createHash("sha256");
  const files = [];
  for (const path of paths) {
    const content = contents.get(path) ?? Buffer.alloc(0);
    await writeContextFile(outDir, path, content);
    hash.update(`${path}\0${content.length}\0`).update(content);
    files.push({ path, bytes: content.length });
  }
  return { files, digest: hash.digest("hex") };
}

const runtimeDir = import.meta.dirname;
const projectDir = resolve(runtimeDir, "..");

async function bundle(): Promise<[string, Buffer][]> {
  const { outputFiles } = await build({
    entryPoints: ["runtime/main.ts"],
    // Paths in the output are relative to this, so that no clone's place shows.
    absWorkingDir: projectDir,
    preserveSymlinks: true,
    outdir: projectDir,
    entryNames: "main",
    chunkNames: "[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // Gateway and services share what they have in common, and load nothing else.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    sourcemap: false,
    // Libraries in the older module format ask for Node's own modules by `require`.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
    plugins: [slimBundle(projectDir)],
    tsconfigRaw: {},
    write: false,
    logLevel: "warning",
  });
  return outputFiles.map(({ path, contents }) => [
    `app/${path.slice(projectDir.length + 1)}`,
    Buffer.from(contents),
  ]);
}

/** Modes are part of the context's hash and must let the image's user read, so they are set and not left to the umask. */
async function writeContextFile(outDir: string, path: string, content: Buffer): Promise<void> {
  const file = join(outDir, path);
  await mkdir(dirname(file), { recursive: true });
  await chmod(dirname(file), 0o755);
  await writeFile(file, content);
  await chmod(file, 0o644);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  if (values.out === undefined) {
    console.error("Usage: node --import tsx runtime/build.ts --out <dir>");
    process.exitCode = 2;
  } else {
    const { files, digest } = await buildRuntime(values.out);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    console.log(`${files.length} files, ${Math.round(bytes / 1024)} KiB, sha256 ${digest}`);
  }
}
