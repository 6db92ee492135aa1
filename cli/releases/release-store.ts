import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Paths } from "../paths.ts";
import { readHistory } from "./history.ts";
import { releaseSchema, type Release } from "./release.ts";
import { writeSynced, writeWholeFile } from "../whole-file.ts";

/** A record that cannot be read. It is named and skipped, and never overwritten: somebody may mend it. */
export interface DamagedRelease {
  readonly number: number;
  readonly path: string;
  readonly problem: string;
}

export interface KnownReleases {
  /** Newest first. */
  readonly releases: readonly Release[];
  readonly damaged: readonly DamagedRelease[];
}

type Home = Pick<Paths, "releases">;

const recordFile = "release.json";
const draftPrefix = ".draft-";
/** Far more than commands that could record at once. */
const numberAttempts = 100;
/** A draft is renamed within milliseconds; what is older was left by a process that ended in between. */
const staleDraftMs = 60 * 60_000;

/** Folder of a stack's records. */
export function stackFolder({ releases }: Home, stack: string): string {
  return join(releases, stack);
}

/** Reads all records of a stack. */
export function readReleases(home: Home, stack: string): KnownReleases {
  const releases: Release[] = [];
  const damaged: DamagedRelease[] = [];
  for (const number of numbersIn(stackFolder(home, stack))) {
    const path = join(stackFolder(home, stack), String(number), recordFile);
    const read = readRecord(path, stack, number);
    if (typeof read === "string") damaged.push({ number, path, problem: read });
    else releases.push(read);
  }
  return { releases: releases.reverse(), damaged: damaged.reverse() };
}

/** Stacks that have records in this home. */
export function stacksWithReleases({ releases }: Home): string[] {
  return entries(releases).sort();
}

/**
 * Records a release under the next number that was never given out. The folder appears with all its files or not at
 * all, and of two that want one number one gets it and the other the next.
 * @param attachments paths of files that are copied beside the record
 */
export function addRelease(
  home: Home,
  release: Omit<Release, "number">,
  attachments: readonly string[],
): Release {
  const folder = stackFolder(home, release.stack);
  const draft = join(folder, `${draftPrefix}${randomUUID()}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    for (const path of attachments) writeSynced(join(draft, basename(path)), readFileSync(path));
    for (let attempt = 0; attempt < numberAttempts; attempt += 1) {
      const number = nextNumber(home, release.stack);
      const numbered = releaseSchema.parse({ ...release, number });
      writeSynced(join(draft, recordFile), text(numbered));
      if (moved(draft, join(folder, String(number)))) return numbered;
    }
    throw new Error(`No number was free in ${folder} in ${numberAttempts} attempts.`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Writes a record anew, as a whole. */
export function replaceRelease(home: Home, release: Release): void {
  const folder = join(stackFolder(home, release.stack), String(release.number));
  writeWholeFile(join(folder, recordFile), text(release));
}

/** Removes a record: it is there with all its files, or gone. */
export function removeRelease(home: Home, stack: string, number: number): void {
  const folder = stackFolder(home, stack);
  const leaving = join(folder, `${draftPrefix}${randomUUID()}`);
  renameSync(join(folder, String(number)), leaving);
  rmSync(leaving, { recursive: true, force: true });
}

/** Removes what commands have left that ended while they wrote. */
export function removeStaleDrafts(home: Home, stack: string, now: number): void {
  const folder = stackFolder(home, stack);
  for (const name of entries(folder).filter((it) => it.startsWith(draftPrefix))) {
    const age = now - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age > staleDraftMs) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** A number is given out once: also those of records that are damaged or were pruned count. */
function nextNumber(home: Home, stack: string): number {
  const pruned = readHistory(home, stack).map(({ number }) => number);
  return Math.max(0, ...numbersIn(stackFolder(home, stack)), ...pruned) + 1;
}

/** Renaming a folder fails where one with something in it has the name: that decides who gets a number. */
function moved(draft: string, folder: string): boolean {
  try {
    renameSync(draft, folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
}

/** @returns the record, or what is wrong with it */
function readRecord(path: string, stack: string, number: number): Release | string {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return (error as Error).message;
  }
  const parsed = releaseSchema.safeParse(value);
  if (!parsed.success) return z.prettifyError(parsed.error);
  if (parsed.data.stack === stack && parsed.data.number === number) return parsed.data;
  return `it says that it is release ${parsed.data.number} of stack ${parsed.data.stack}`;
}

function numbersIn(folder: string): number[] {
  return entries(folder)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function text(release: Release): string {
  return `${JSON.stringify(release, null, 2)}\n`;
}
