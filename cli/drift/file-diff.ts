import { createTwoFilesPatch } from "diff";
import { uploadedContent } from "./facets/files.ts";
import type { Subject } from "./subject.ts";

/** Larger files are told apart by their hash alone. */
const longestText = 256 * 1024;

/**
 * The unified diff of an uploaded file, from what was deployed to what is there.
 * @param property as `fileFacets` names it
 * @returns null for another property, for one that only differs in mode, for what is no text, and for a file that holds a
 *   secret; a line that seems to set one is withheld
 */
export function fileDiff(subject: Subject, property: string): string | null {
  const { deployed, files, veil } = subject;
  const path = /^file (.*)$/s.exec(property)?.[1];
  const upload = deployed.inputs.uploads.find(({ file }) => file === path);
  const live = path === undefined ? undefined : files.get(path);
  if (upload === undefined || live?.kind !== "file" || deployed.hasSecretUploads) return null;
  const expected = uploadedContent(upload);
  if (expected === null || expected.equals(live.content)) return null;
  const texts = [expected, live.content].map((it) => it.toString("utf8"));
  const [before = "", after = ""] = texts;
  const isShown = texts.every(
    (it) => it.length <= longestText && !it.includes("\0") && !veil.holdsSecret(it),
  );
  if (!isShown) return null;
  const patch = createTwoFilesPatch("deployed", "running", before, after, "", "", { context: 2 });
  return patch
    .split("\n")
    .filter(
      (line) => !line.startsWith("====") && !/^(?:---|\+\+\+) (?:deployed|running)/.test(line),
    )
    .map((line) => (veil.setsSecret(line) ? withhold(line, veil.hidden) : line))
    .join("\n")
    .trimEnd();
}

function withhold(line: string, hidden: (value: string) => string): string {
  return `${line.slice(0, 1)}${hidden(line.slice(1))}`;
}
