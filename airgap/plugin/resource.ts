import type { Properties } from "./values.ts";

/**
 * One type of resource, as a provider implements it: the six calls that the engine makes, with
 * plain values in and out. The base (provider.ts) does the protocol: it unwraps secrets, picks the
 * resource by its type token, and turns results and errors into messages.
 *
 * A method that fails throws. A `ResourceError` (errors.ts) is a failure that is understood and has
 * changed nothing; an `InitFailedError` says that the object exists but is not right; anything else
 * makes the engine treat the outcome as unknown.
 *
 * `preview: true` (create, update) must change nothing outside, and may answer with unknown values.
 */
export interface Resource {
  /**
   * Validates the inputs of the program and completes them with defaults. Unknown values must pass
   * through untouched. Failures are for things the user has to mend; a method that throws instead
   * stops the whole run.
   */
  check(request: CheckRequest, call: Call): Promise<CheckResult>;
  /** Says what differs between the old state and the new inputs. Called even if nothing changed. */
  diff(request: DiffRequest, call: Call): Promise<DiffResult>;
  /** Makes the object. In a real run `id` must not be empty, in a preview it is not looked at. */
  create(request: CreateRequest, call: Call): Promise<CreateResult>;
  /**
   * Reads the object as it is now; `undefined` if it is gone. Answers inputs as well, limited to
   * the names that the old inputs have, or else a refresh sees differences where there are none.
   * For an import, `properties` and `inputs` of the request are empty.
   */
  read(request: ReadRequest, call: Call): Promise<ReadResult | undefined>;
  /** Changes the object in place and answers its new outputs. */
  update(request: UpdateRequest, call: Call): Promise<Properties>;
  /** Removes the object. An object that is already gone is a success. */
  delete(request: DeleteRequest, call: Call): Promise<void>;
}

/** What a call knows besides its request. */
export interface Call {
  readonly urn: string;
  /** The type token, for example `docker:index/network:Network`. */
  readonly type: string;
  /** The logical name of the resource in the program. */
  readonly name: string;
  /**
   * Aborted when the engine cancels the run or has gone, and when the time of `customTimeouts` is
   * over. Every wait must give up on it.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Messages to the person who runs Pulumi. They never block and never fail a call. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  /** Shown in the progress display only, and overwritten by the next one. */
  status(message: string): void;
}

export interface CheckRequest {
  /** The inputs of the state, empty for a new resource. */
  readonly olds: Properties;
  /** The inputs of the program. */
  readonly news: Properties;
  /** The outputs of the state, empty for a new resource. */
  readonly oldOutputs: Properties;
  /** Random bytes that the engine keeps the same between preview and run; may be empty. */
  readonly randomSeed: Uint8Array;
  /** What the stack's autonaming configuration asks for; `undefined` if there is none. */
  readonly autonaming: Autonaming | undefined;
}

export type Autonaming =
  | { readonly mode: "propose" | "enforce"; readonly proposedName: string }
  | { readonly mode: "disable" };

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures?: readonly CheckFailure[];
}

export interface CheckFailure {
  /** The input that is wrong, as a path such as `healthcheck.interval`. */
  readonly property?: string;
  readonly reason: string;
}

export interface DiffRequest {
  readonly id: string;
  /** The outputs of the state. */
  readonly olds: Properties;
  /** The inputs of the state. */
  readonly oldInputs: Properties;
  /** The checked inputs of the program. The engine has already applied `ignoreChanges` to them. */
  readonly news: Properties;
  /**
   * The paths of the program's `ignoreChanges`. Needed where the outputs are compared: a value that
   * differs between outputs and old inputs would be a change although the inputs are ignored.
   * @default none
   */
  readonly ignoreChanges?: readonly string[];
}

export type DiffKind =
  "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";

export interface DiffResult {
  readonly changed: boolean;
  /** Path of a property to what happens to it. Leave it out if there is no detailed diff. */
  readonly detailedDiff?: Readonly<Record<string, DiffKind>>;
  /** Names of the top-level properties that changed. */
  readonly diffs?: readonly string[];
  /** Names of the top-level properties whose change asks for a new object. */
  readonly replaces?: readonly string[];
  /** Names of the properties that an update never changes. */
  readonly stables?: readonly string[];
  /** The new object cannot be made before the old one is deleted. */
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest {
  /** The checked inputs. */
  readonly inputs: Properties;
  readonly preview: boolean;
  /** The user's `customTimeouts`; `undefined` if there is none. */
  readonly timeoutMs: number | undefined;
}

export interface CreateResult {
  readonly id: string;
  readonly properties: Properties;
}

export interface ReadRequest {
  readonly id: string;
  /** The outputs of the state. */
  readonly properties: Properties;
  /** The inputs of the state. */
  readonly inputs: Properties;
}

export interface ReadResult extends CreateResult {
  readonly inputs: Properties;
}

export interface UpdateRequest extends DiffRequest {
  readonly preview: boolean;
  readonly timeoutMs: number | undefined;
}

export interface DeleteRequest {
  readonly id: string;
  /** The outputs of the state. */
  readonly properties: Properties;
  /** The inputs of the state. */
  readonly oldInputs: Properties;
  readonly timeoutMs: number | undefined;
}
