import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script with names for its keys and arguments. */
export interface Script<Key extends string = string, Arg extends string = string> {
  readonly name: string;
  readonly keys: readonly Key[];
  readonly args: readonly Arg[];
  readonly lua: string;
  readonly sha: string;
}

export interface ScriptSource<Key extends string, Arg extends string> {
  readonly name: string;
  /** Local variables of the script that hold the key names. */
  readonly keys: readonly Key[];
  /** Local variables of the script that hold the arguments, as text. */
  readonly args: readonly Arg[];
  /** Functions the script uses, put before it. They see its keys and arguments. */
  readonly libraries?: readonly string[];
  readonly lua: string;
}

/**
 * A change of state is one script, so that Redis makes it whole or not at all. Every key a script touches is one of its
 * declared keys. Redis does not undo a script that fails half-way: a script checks first and writes afterwards.
 */
export function defineScript<const Key extends string, const Arg extends string>({
  name,
  keys,
  args,
  libraries = [],
  lua,
}: ScriptSource<Key, Arg>): Script<Key, Arg> {
  const parts = [
    `-- ${name}`,
    ...keys.map((key, index) => `local ${key} = KEYS[${index + 1}]`),
    ...args.map((arg, index) => `local ${arg} = ARGV[${index + 1}]`),
    ...libraries,
    lua,
  ];
  const text = parts.join("\n");
  return { name, keys, args, lua: text, sha: createHash("sha1").update(text).digest("hex") };
}

/**
 * Runs the script by its hash, and sends its text only when Redis does not know it: the first time, and after a restart.
 * @returns Redis' reply; the caller parses it
 */
export async function runScript<Key extends string, Arg extends string>(
  redis: Redis,
  script: Script<Key, Arg>,
  input: {
    readonly keys: Readonly<Record<NoInfer<Key>, string>>;
    readonly args: Readonly<Record<NoInfer<Arg>, string | number>>;
  },
): Promise<unknown> {
  const values = [
    ...script.keys.map((key) => input.keys[key]),
    ...script.args.map((arg) => input.args[arg]),
  ];
  try {
    return await redis.evalsha(script.sha, script.keys.length, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return await redis.eval(script.lua, script.keys.length, ...values);
  }
}
