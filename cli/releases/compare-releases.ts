import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { z } from "zod";
import { flatten } from "./flatten.ts";
import { blueprintOf, type Release } from "./release.ts";

/** One value that differs; null: only the other release has it. */
export interface Difference {
  readonly key: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Comparison {
  readonly from: number;
  readonly to: number;
  /** Revision, image, base images, data versions, versions of the deployer's programs. */
  readonly facts: readonly Difference[];
  /** Keys of the resolved topology: limits, replicas, images, ports, … */
  readonly settings: readonly Difference[];
  /** Generated configuration as unified diffs. */
  readonly files: readonly { readonly file: string; readonly diff: string }[];
}

/**
 * Says in what two releases differ. A blueprint that this version cannot deploy can be compared all the same: it is read
 * as plain data.
 */
export function compareReleases(from: Release, to: Release): Comparison {
  const [left, right] = [from, to].map(readBlueprint);
  return {
    from: from.number,
    to: to.number,
    facts: differences(factsOf(from), factsOf(to)),
    settings: differences(left?.topology, right?.topology),
    files: fileDifferences(
      filesOf(left?.files ?? {}, from.number),
      filesOf(right?.files ?? {}, to.number),
    ),
  };
}

const blueprintSchema = z.looseObject({
  topology: z.unknown().optional(),
  files: z
    .record(z.string(), z.array(z.looseObject({ file: z.string(), content: z.string() })))
    .catch({}),
});

/** What an earlier version left out has its default today, so that a field that is new is no difference. */
function readBlueprint(release: Release): z.infer<typeof blueprintSchema> | undefined {
  const parsed = blueprintOf(release);
  return blueprintSchema.safeParse(parsed.ok ? parsed.blueprint : release.blueprint).data;
}

type Files = z.infer<typeof blueprintSchema>["files"];

function factsOf({ source, image, baseImages, dataVersions, versions }: Release): unknown {
  return {
    revision: source?.revision ?? "not a git checkout",
    "uncommitted changes": source?.dirty ?? false,
    image,
    "base image": baseImages,
    "data version": dataVersions,
    version: versions,
  };
}

function differences(from: unknown, to: unknown): Difference[] {
  const [left, right] = [flatten(from), flatten(to)];
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].flatMap((key) => {
    const difference = { key, from: left.get(key) ?? null, to: right.get(key) ?? null };
    return difference.from === difference.to ? [] : [difference];
  });
}

interface NamedFile {
  /** `redis:/usr/local/etc/redis/redis.conf` */
  readonly file: string;
  readonly content: string;
  readonly label: string;
}

function filesOf(files: Files, release: number): NamedFile[] {
  return Object.entries(files).flatMap(([part, list]) =>
    list.map(({ file, content }) => ({
      file: `${part}:${file}`,
      content,
      label: `release ${release}`,
    })),
  );
}

function fileDifferences(
  from: readonly NamedFile[],
  to: readonly NamedFile[],
): { file: string; diff: string }[] {
  const names = [...new Set([...from, ...to].map(({ file }) => file))].sort();
  return names.flatMap((file) => {
    const [left, right] = [from, to].map((files) => files.find((it) => it.file === file));
    if (left?.content === right?.content) return [];
    const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
    const diff = createTwoFilesPatch(
      left === undefined ? "/dev/null" : file,
      right === undefined ? "/dev/null" : file,
      left?.content ?? "",
      right?.content ?? "",
      left?.label,
      right?.label,
      options,
    );
    return [{ file, diff }];
  });
}
