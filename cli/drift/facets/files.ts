import { createHash } from "node:crypto";
import type { DeployedContainer } from "../deployed.ts";
import type { Facts } from "../drift-item.ts";
import type { LiveFile } from "../live.ts";
import type { Facet, Subject } from "../subject.ts";

/** Files that were put into the container before it started, by content and mode. */
export const fileFacets: readonly Facet[] = [{ expected: wantedFiles, actual: liveFiles }];

/** Digits of a hash that people see; files of one container are few. */
const hashDigits = 12;

/** Content that the program uploads; null where it names a file of the machine that it ran on. */
export function uploadedContent(upload: DeployedContainer["inputs"]["uploads"][number]) {
  if (upload.content) return Buffer.from(upload.content, "utf8");
  if (upload.contentBase64) return Buffer.from(upload.contentBase64, "base64");
  return null;
}

function wantedFiles(subject: Subject): Facts {
  return Object.fromEntries(
    subject.deployed.inputs.uploads.flatMap((upload) => {
      const content = uploadedContent(upload);
      if (content === null) return [];
      // What the provider gives a file without permissions of its own.
      const mode = upload.permissions
        ? parseInt(upload.permissions, 8)
        : upload.executable
          ? 0o744
          : 0o644;
      return [[key(upload.file), fileText(subject, { kind: "file", content, mode })]];
    }),
  );
}

function liveFiles(subject: Subject): Facts {
  return Object.fromEntries(
    [...subject.files].map(([path, file]) => [key(path), fileText(subject, file)]),
  );
}

function key(path: string): string {
  return `file ${path}`;
}

function fileText({ deployed, veil }: Subject, file: LiveFile): string {
  if (file.kind === "missing") return "missing";
  if (file.kind === "other") return file.what;
  const isSecret = deployed.hasSecretUploads || veil.holdsSecret(file.content.toString("utf8"));
  const hash = createHash("sha256").update(file.content).digest("hex").slice(0, hashDigits);
  const content = isSecret ? veil.hidden(file.content) : `sha256 ${hash}`;
  return `${content}, mode 0${file.mode.toString(8)}`;
}
