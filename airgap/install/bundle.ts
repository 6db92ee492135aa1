import { build, type Plugin } from "esbuild";

/** The bundle's name in a plugin's folder. */
export const BUNDLE = "main.mjs";

/**
 * Bundles a plugin and all packages it uses into one file of JavaScript, which then needs Node and
 * nothing else. Names are kept, so that a stack trace can be read.
 *
 * @param airgapDir the `airgap` folder
 * @param entry entry point, relative to it
 * @returns the text of the file, an ES module
 */
export async function bundle(airgapDir: string, entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: airgapDir,
    entryPoints: [entry],
    outfile: BUNDLE,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "silent",
    // The packages are CommonJS, and ask for Node's own modules by `require`.
    banner: {
      js:
        'import { createRequire as nodeRequire } from "node:module";' +
        "const require = nodeRequire(import.meta.url);",
    },
    plugins: [leaveOut],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made no output of ${entry}`);
  return file.text;
}

/**
 * What the packages load but the plugins never use: an SSH client with native addons (`ssh://`
 * engines are reached through the ssh program), sessions and traces of BuildKit (images are built by
 * the classic builder), archives of folders (build-archive.ts makes them), and gRPC's own admin
 * pages. They would triple the time to load, and read files beside themselves that a bundle lacks.
 */
const LEFT_OUT = [
  "ssh2",
  "./session",
  "./buildkit",
  "tar-fs",
  "@balena/dockerignore",
  "@grpc/proto-loader",
];

const leaveOut: Plugin = {
  name: "leave-out",
  setup: (build) => {
    build.onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === "require-call" && LEFT_OUT.includes(path) ? { path, namespace: "left-out" } : null,
    );
    build.onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is left out of this bundle`)}); };`,
    }));
  },
};
