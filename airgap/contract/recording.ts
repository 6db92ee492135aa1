import { readFile } from "node:fs/promises";

/** JSON as it stands in a recording. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export type JsonObject = Readonly<Record<string, Json>>;

export type Method = "Check" | "Diff" | "Create" | "Read" | "Update" | "Delete";

/** One call that the engine made of the official plugin, and what it got. */
export interface RecordedCall {
  readonly method: Method;
  readonly request: JsonObject & {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
  };
  /** Absent if the call failed without an answer. */
  readonly response?: JsonObject;
  /** The gRPC errors, if the call failed. */
  readonly errors?: readonly string[];
}

/** One Pulumi command of a scenario. */
export interface Step {
  readonly step: string;
  readonly op: "up" | "preview" | "refresh" | "destroy";
  /** A shell command run just before the step; `${name.output}` stands for an output of the state. */
  readonly before?: string;
  /** The program of the step; absent means as in the step before. */
  readonly resources?: Readonly<Record<string, ProgramResource>>;
  readonly exit: number;
  readonly changes: readonly string[];
  readonly errors?: readonly string[];
  readonly calls: readonly RecordedCall[];
}

export interface ProgramResource {
  /** Such as `docker.Container`. */
  readonly type: string;
  readonly props: JsonObject;
  readonly opts?: JsonObject;
}

export const RECORDINGS = [
  "network",
  "volume",
  "volume-retain",
  "container-minimal",
  "container-full",
  "container-readonly",
  "container-health",
  "container-wait-timeout",
  "container-memory-no-swap",
  "container-autoname",
  "container-errors",
  "image",
  "remote-image",
  "random",
  "recipe",
] as const;

/** Reads one recording, by the name of its file. */
export async function loadRecording(name: string): Promise<readonly Step[]> {
  const url = new URL(`./recordings/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(url, "utf8")) as readonly Step[];
}
