import type { MachineFacts } from "../topology/machine-facts.ts";
import type { Topology } from "../topology/topology.ts";
import {
  isOlder,
  readDataVersions,
  recordDataVersion,
  refuseOlderDataFormat,
  type DataVersions,
} from "./setup/data-versions.ts";
import { UserError } from "./setup/user-error.ts";
import { writeJsonFile } from "./whole-file.ts";

/** A volume, and the version of the program that is about to open it. */
export interface Opening {
  readonly volume: string;
  readonly version: string;
}

/**
 * Sees to it that no image opens data of a newer format than its own, and takes note of who opens what.
 * @param file the record, in the home folder
 * @throws UserError with a sentence for each volume that must not be opened; nothing is recorded then
 */
export function openVolumes(topology: Topology, facts: MachineFacts, file: string): void {
  const recorded = readDataVersions(file);
  const openings = openingsOf(topology, facts);
  const problems = openings
    .map(({ volume, version }) => refuseOlderDataFormat(volume, recorded, version))
    .filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new UserError(problems.join("\n\n"));
  recordOpenings(openings, file);
}

/**
 * Says which volumes a recorded release must not open: an upgrade since then has written a newer format.
 * @returns a sentence for each, with the way out
 */
export function unreadableVolumes(openings: readonly Opening[], recorded: DataVersions): string[] {
  return openings.flatMap(({ volume, version }) => {
    const written = recorded[volume];
    return written === undefined || !isOlder(version, written)
      ? []
      : [
          `volume ${volume} was written by version ${written} since then, and the release has ${version}, which may ` +
            "not read it; roll back to a release with the newer version, or restore a backup into a new volume",
        ];
  });
}

/** Takes note of who is about to open what: before the deploy, which may open it and fail all the same. */
export function recordOpenings(openings: readonly Opening[], file: string): void {
  writeJsonFile(
    file,
    openings.reduce(
      (versions, { volume, version }) => recordDataVersion(versions, volume, version),
      readDataVersions(file),
    ),
  );
}

/** Forgets volumes that were deleted: what takes their names next is new. */
export function forgetVolumes(volumes: readonly string[], file: string): void {
  const kept = Object.entries(readDataVersions(file)).filter(([name]) => !volumes.includes(name));
  writeJsonFile(file, Object.fromEntries(kept));
}

/** An image that the stack's settings name has no known version, and is the user's own business. */
export function openingsOf(topology: Topology, facts: MachineFacts): Opening[] {
  const names = new Map(topology.volumes.map(({ key, name }) => [key, name]));
  return [topology.redis, topology.prometheus].flatMap((plan) => {
    const fact = Object.values(facts.images).find(
      (image) => image.kind !== "unavailable" && image.ref === plan?.image,
    );
    const volume = names.get(plan?.volume?.key ?? "");
    if (volume === undefined || fact === undefined || fact.kind === "unavailable") return [];
    return [{ volume, version: fact.version }];
  });
}
