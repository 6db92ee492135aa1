import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { extract } from "tar-stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { packContext, relativeDockerfile } from "./build-archive.ts";

function contextWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "build-archive-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Name to what is in the archive: mode and content of a file, target of a link, `/` for a folder. */
async function unpack(context: string, dockerfile = join(context, "Dockerfile")) {
  const archive = packContext(context, dockerfile);
  const found: Record<string, string> = {};
  const unpacked = archive.stream.pipe(extract());
  for await (const entry of unpacked) {
    const { name, type, mode, linkname, uid, gid } = entry.header;
    expect([uid, gid]).toEqual([0, 0]);
    let content = "";
    for await (const chunk of entry) content += String(chunk);
    found[name] =
      type === "directory"
        ? "/"
        : type === "symlink"
          ? `-> ${linkname}`
          : `${mode.toString(8)} ${content}`;
  }
  return { dockerfile: archive.dockerfile, found };
}

describe("packContext", () => {
  it("packs files, folders and links with their modes, all of root", async () => {
    const context = contextWith({
      Dockerfile: "FROM scratch\n",
      "bin/run": "#!",
      "bin/deep/x": "1",
    });
    chmodSync(join(context, "bin/run"), 0o755);
    chmodSync(join(context, "bin/deep/x"), 0o600);
    chmodSync(join(context, "Dockerfile"), 0o644);
    symlinkSync("run", join(context, "bin/link"));
    expect(await unpack(context)).toEqual({
      dockerfile: "Dockerfile",
      found: {
        Dockerfile: "644 FROM scratch\n",
        bin: "/",
        "bin/deep": "/",
        "bin/deep/x": "600 1",
        "bin/link": "-> run",
        "bin/run": "755 #!",
      },
    });
  });

  it("leaves out what is ignored, but never the Dockerfile and the ignore file", async () => {
    const context = contextWith({
      "build/Dockerfile": "FROM scratch\n",
      "build/other": "",
      ".dockerignore": "**\n!kept\n",
      kept: "",
      gone: "",
    });
    const { dockerfile, found } = await unpack(context, join(context, "build/Dockerfile"));
    expect(dockerfile).toBe("build/Dockerfile");
    expect(Object.keys(found)).toEqual([".dockerignore", "build/Dockerfile", "kept"]);
  });

  it("brings a Dockerfile from outside along, and hides it from the image", async () => {
    const folder = contextWith({
      "other.Dockerfile": "FROM scratch\n",
      "app/a": "1",
      "app/.dockerignore": "gone",
      "app/gone": "",
    });
    const { dockerfile, found } = await unpack(
      join(folder, "app"),
      join(folder, "other.Dockerfile"),
    );
    expect(dockerfile).toMatch(/^\.dockerfile\.[0-9a-f]{20}$/);
    expect(found[dockerfile]).toBe("644 FROM scratch\n");
    expect(found[".dockerignore"]).toBe(`644 gone\n${dockerfile}\n`);
    expect(Object.keys(found)).toHaveLength(3);
  });

  it("breaks off with the reason when a file goes away", async () => {
    const context = contextWith({
      Dockerfile: "FROM scratch\n",
      big: "x".repeat(1_000_000),
      z: "",
    });
    const { stream } = packContext(context, join(context, "Dockerfile"));
    rmSync(join(context, "z"));
    await expect(stream.resume().toArray()).rejects.toThrow(
      `no such file or directory, open '${context}/z'`,
    );
  });
});

it("sees the Dockerfile from the context", () => {
  expect(relativeDockerfile("app", "app/Dockerfile")).toBe("Dockerfile");
  expect(relativeDockerfile("./app", "docker/app.Dockerfile")).toBe("../docker/app.Dockerfile");
});
