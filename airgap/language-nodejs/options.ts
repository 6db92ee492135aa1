import type { Properties } from "../plugin/values.ts";
import { splitWords } from "./words.ts";

/** What `runtime.options` of a Pulumi.yaml says about running a Node.js program. */
export interface RuntimeOptions {
  /** Run a TypeScript program through the SDK's own ts-node. @default true, as in the official host */
  readonly typescript: boolean;
  /** Arguments for node itself, before the program. @default none */
  readonly nodeArgs: readonly string[];
  /** Path of a tsconfig for ts-node. @default the SDK looks for tsconfig.json */
  readonly tsconfig: string | undefined;
  /** What `pulumi install` calls. @default npm, or what the lock file in the folder belongs to */
  readonly packageManager: PackageManager | "auto";
}

export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

export const PACKAGE_MANAGERS = ["npm", "yarn", "pnpm", "bun"] as const;

/**
 * Reads `runtime.options`. Options of other names are none of our business: the official host passes
 * over them too.
 *
 * @throws Error that lists every option with a wrong value
 */
export function parseOptions(options: Properties): RuntimeOptions {
  const { typescript = true, nodeargs = "", tsconfig, packagemanager = "auto" } = options;
  const problems: string[] = [];
  const wrong = (name: string, value: unknown, allowed: string) =>
    problems.push(`runtime.options.${name} is ${JSON.stringify(value)}; allowed is ${allowed}`);

  if (typeof typescript !== "boolean") wrong("typescript", typescript, "true or false");
  if (typeof nodeargs !== "string") wrong("nodeargs", nodeargs, 'a text such as "--import tsx"');
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    wrong("tsconfig", tsconfig, "the path of a tsconfig file");
  }
  const manager = (["auto", ...PACKAGE_MANAGERS] as const).find((name) => name === packagemanager);
  if (manager === undefined) {
    wrong("packagemanager", packagemanager, `auto, ${PACKAGE_MANAGERS.join(", ")}`);
  }
  const nodeArgs = typeof nodeargs === "string" ? splitWords(nodeargs) : [];
  if (nodeArgs === undefined) wrong("nodeargs", nodeargs, "a text with its quotes closed");

  if (problems.length > 0) throw new Error(`Pulumi.yaml: ${problems.join("; ")}`);
  return {
    typescript: typescript === true,
    nodeArgs: nodeArgs ?? [],
    tsconfig: typeof tsconfig === "string" && tsconfig !== "" ? tsconfig : undefined,
    packageManager: manager ?? "auto",
  };
}
