import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The files of `__DIR__`: two build contexts and a folder without a Dockerfile. The recorded digests
 * of the contexts belong to exactly these bytes.
 */
const FILES: Readonly<Record<string, string>> = {
  "ctx/hello.txt": "one\n",
  "ctx/Dockerfile": [
    "FROM contract/base:1 AS base",
    "ARG GREETING=hello",
    "ENV GREETING=${GREETING}",
    "COPY hello.txt /hello.txt",
    'CMD ["sleep","100000"]',
    "FROM base AS final",
    "LABEL contract=final",
    "",
  ].join("\n"),
  "ctxbad/Dockerfile": ["FROM contract/base:1", "RUN false", ""].join("\n"),
  "root/readme.txt": "There is no Dockerfile here.\n",
};

/** Makes the folder that stands for `__DIR__`, calls `use` with it, and removes it. */
export async function withScenarioFolder<Result>(
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "contract-")));
  try {
    for (const [name, content] of Object.entries(FILES)) {
      const path = join(folder, name);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, content);
      // The digest of a context includes modes, whatever the umask is.
      await chmod(path, 0o644);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
