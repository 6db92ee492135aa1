import { execFile } from "node:child_process";
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import { BASE_IMAGE } from "./leftovers.ts";
import { runDocker } from "./run-docker.ts";

const run = promisify(execFile);

/**
 * Makes the image that the recordings were made with, if the engine does not have it: a static
 * busybox, links for the commands that the scenarios use, two users, and two folders that anybody
 * may write to. The busybox comes from the Debian package busybox-static, or from the image
 * busybox where there is no apt; it is kept in `~/.cache/astratrade/contract`.
 */
export async function ensureBaseImage(): Promise<void> {
  const found = await runDocker("images", "--quiet", BASE_IMAGE);
  if (found.length > 0) return;
  const folder = await mkdtemp(join(tmpdir(), "contract-base-"));
  try {
    const archive = join(folder, "root.tar");
    await writeRootArchive(await findBusybox(), archive);
    await runDocker("import", "--change", 'CMD ["sleep","100000"]', archive, BASE_IMAGE);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const COMMANDS = [
  "sh",
  "sleep",
  "httpd",
  "wget",
  "cat",
  "true",
  "false",
  "test",
  "echo",
  "ls",
  "env",
  "id",
  "touch",
];

async function writeRootArchive(busybox: string, path: string): Promise<void> {
  const { readFile, writeFile } = await import("node:fs/promises");
  const tar = pack();
  for (const name of ["bin", "etc"])
    tar.entry({ name: `${name}/`, type: "directory", mode: 0o755 });
  for (const name of ["tmp", "data"])
    tar.entry({ name: `${name}/`, type: "directory", mode: 0o1777 });
  tar.entry({ name: "bin/busybox", mode: 0o755 }, await readFile(busybox));
  for (const command of COMMANDS)
    tar.entry({ name: `bin/${command}`, type: "symlink", linkname: "busybox" });
  tar.entry(
    { name: "etc/passwd", mode: 0o644 },
    "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n",
  );
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  await writeFile(path, Buffer.concat(chunks));
}

async function findBusybox(): Promise<string> {
  const cache = join(homedir(), ".cache", "astratrade", "contract");
  const cached = join(cache, `busybox-${process.arch}`);
  if (await exists(cached)) return cached;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "new-"));
  try {
    const busybox = (await hasCommand("apt-get"))
      ? await fromDebian(folder)
      : await fromImage(folder);
    const copy = join(folder, "copy");
    await copyFile(busybox, copy);
    await chmod(copy, 0o755);
    // Renamed at the end, so that an interrupted run leaves no half of it.
    await rename(copy, cached);
  } finally {
    await rm(folder, { recursive: true });
  }
  return cached;
}

async function fromDebian(folder: string): Promise<string> {
  const download = () => run("apt-get", ["download", "busybox-static"], { cwd: folder });
  // A fresh machine has no package lists yet.
  await download().catch(async () => {
    await run("apt-get", ["update"]);
    await download();
  });
  const [deb] = await readdir(folder);
  await run("dpkg-deb", ["--extract", join(folder, deb ?? ""), join(folder, "root")]);
  const places = ["bin/busybox", "usr/bin/busybox"].map((place) => join(folder, "root", place));
  for (const place of places) if (await exists(place)) return place;
  throw new Error(`the package busybox-static has no busybox at ${places.join(" or ")}`);
}

async function fromImage(folder: string): Promise<string> {
  const [container = ""] = await runDocker("create", "busybox:1.36-musl");
  try {
    await runDocker("cp", "--follow-link", `${container}:/bin/busybox`, join(folder, "busybox"));
  } finally {
    await runDocker("rm", container);
  }
  return join(folder, "busybox");
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function hasCommand(name: string): Promise<boolean> {
  return run(name, ["--version"]).then(
    () => true,
    () => false,
  );
}
