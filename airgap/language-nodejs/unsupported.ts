import type * as grpc from "@grpc/grpc-js";
import { toServiceError, UnimplementedError } from "../plugin/errors.ts";
import type { Host } from "../plugin/serve.ts";
import { unary } from "../plugin/unary.ts";

/** Calls that only the official host answers, and what a person was about to do who meets them. */
const UNSUPPORTED = {
  runtimeOptionsPrompts: "answer the questions of `pulumi new`",
  template: "fill in the template of a new project",
  generateProgram: "generate a program",
  generateProject: "generate a project",
  generatePackage: "generate a package",
  pack: "pack a package",
  link: "link a local package",
} as const;

/**
 * Handlers that refuse with a sentence. `GetRequiredPlugins` has none: to the engine a bare
 * UNIMPLEMENTED there means that `GetRequiredPackages` is the one to call.
 */
export function unsupported(host: Host) {
  const refusal = (what: string) =>
    new UnimplementedError(
      `the fallback Node.js language host cannot ${what}; install the official ` +
        "pulumi-language-nodejs, which comes with the official Pulumi CLI, to do it",
    );
  const unaries = Object.entries(UNSUPPORTED).map(([name, what]) => [
    name,
    unary<unknown, never>(host.signal, () => {
      throw refusal(what);
    }),
  ]);
  return {
    ...(Object.fromEntries(unaries) as Record<
      keyof typeof UNSUPPORTED,
      grpc.handleUnaryCall<unknown, never>
    >),
    runPlugin: (call: { emit(event: "error", error: unknown): boolean }) => {
      const error = refusal("run plugins or policy packs written in Node.js");
      call.emit("error", toServiceError(error, host.signal));
    },
  };
}
