import type { Plugin } from "esbuild";

/**
 * Leaves out of the bundle what libraries bring along and nothing here uses: half of its size. If the runtime begins to use
 * such a part, the build fails, or the image's self-check does.
 */
export function slimBundle(projectDir: string): Plugin {
  return {
    name: "slim-bundle",
    setup(build) {
      for (const { filter, importer, contents } of replacements) {
        const namespace = `slim:${contents}`;
        build.onResolve({ filter }, ({ path, importer: from }) =>
          importer.test(from) ? { path, namespace } : undefined,
        );
        build.onLoad({ filter, namespace }, () => ({ contents, resolveDir: projectDir }));
      }
    },
  };
}

const replacements = [
  {
    // The runtime uses connection pools, not fetch, WebSocket, cookies, mocks and caches. A pool's convenient methods are put on
    // it by the module that is left out.
    filter: /^undici$/,
    importer: /./,
    contents: `
      import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
      import request from "undici/lib/api/api-request.js";
      Dispatcher.prototype.request = request;
      export { default as Pool } from "undici/lib/dispatcher/pool.js";`,
  },
  {
    // A second HTTP parser, behind an environment variable that is never set.
    filter: /^\.\.\/milo\/(simd|no-simd)\.js$/,
    importer: /[\\/]undici[\\/]/,
    contents: 'throw new Error("UNDICI_USE_MILO is not supported in this image.");',
  },
  {
    // Messages in fifty languages.
    filter: /locales\/index\.js$/,
    importer: /[\\/]zod[\\/]/,
    contents: 'export { default as en } from "zod/v4/locales/en.js";',
  },
] as const;
