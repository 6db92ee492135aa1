import { access, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cache, Program } from "./peer.ts";
import { run } from "./process.ts";

/** Debian packages that hold nginx and HAProxy, and the libraries that a small machine lacks. */
const packages = [
  "nginx",
  "haproxy",
  "liblua5.3-0",
  "libopentracing-c-wrapper0",
  "libopentracing1",
];

/** Unpacks the packages into the cache: nothing is installed on the machine, and no service is started. */
export async function installDebian({ dir }: Cache): Promise<void> {
  const target = join(dir, "debian");
  if (await exists(join(target, "usr", "sbin", "haproxy"))) return;
  const downloads = join(target, "packages");
  await mkdir(downloads, { recursive: true });
  await run("apt-get", ["download", "-q", ...packages], { cwd: downloads });
  for (const file of await readdir(downloads)) {
    if (file.endsWith(".deb")) await run("dpkg-deb", ["-x", join(downloads, file), target]);
  }
}

/** A program of those packages, run from the cache. */
export async function debianProgram(
  { dir }: Pick<Cache, "dir">,
  name: "nginx" | "haproxy",
  args: readonly string[],
): Promise<Program> {
  const target = join(dir, "debian");
  const libraries = (await readdir(join(target, "usr", "lib"))).map((one) =>
    join(target, "usr", "lib", one),
  );
  return {
    command: join(target, "usr", "sbin", name),
    args,
    env: { LD_LIBRARY_PATH: libraries.join(":") },
  };
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
