import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { Autonaming, CheckRequest, CheckResult, DiffResult } from "./resource.ts";
import { fromStruct, toStruct } from "./values.ts";

/** Reads the message of Check. */
export function readCheckRequest(message: messages.CheckRequest): CheckRequest {
  return {
    olds: fromStruct(message.getOlds()),
    news: fromStruct(message.getNews()),
    oldOutputs: fromStruct(message.getOldOutputs()),
    randomSeed: message.getRandomseed_asU8(),
    autonaming: readAutonaming(message.getAutonaming()),
  };
}

/** Writes the answer to Check or CheckConfig. */
export function writeCheckResult(result: CheckResult): messages.CheckResponse {
  return new messages.CheckResponse()
    .setInputs(toStruct(result.inputs))
    .setFailuresList(
      (result.failures ?? []).map((failure) =>
        new messages.CheckFailure().setProperty(failure.property ?? "").setReason(failure.reason),
      ),
    );
}

/** Writes the answer to Diff or DiffConfig. Never DIFF_UNKNOWN, which the engine treats as "maybe". */
export function writeDiffResult(result: DiffResult): messages.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  const message = new messages.DiffResponse()
    .setChanges(result.changed ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...(result.diffs ?? [])])
    .setReplacesList([...(result.replaces ?? [])])
    .setStablesList([...(result.stables ?? [])])
    .setDeletebeforereplace(result.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(result.detailedDiff !== undefined);
  for (const [path, kind] of Object.entries(result.detailedDiff ?? {})) {
    message
      .getDetaileddiffMap()
      .set(path, new messages.PropertyDiff().setKind(messages.PropertyDiff.Kind[kind]));
  }
  return message;
}

/** The user's `customTimeouts` come in seconds, 0 meaning that there is none. */
export function toTimeoutMs(seconds: number): number | undefined {
  return seconds > 0 ? seconds * 1_000 : undefined;
}

function readAutonaming(
  message: messages.CheckRequest.AutonamingOptions | undefined,
): Autonaming | undefined {
  if (message === undefined) return undefined;
  const proposedName = message.getProposedName();
  switch (message.getMode()) {
    case messages.CheckRequest.AutonamingOptions.Mode.DISABLE:
      return { mode: "disable" };
    case messages.CheckRequest.AutonamingOptions.Mode.ENFORCE:
      return { mode: "enforce", proposedName };
    case messages.CheckRequest.AutonamingOptions.Mode.PROPOSE:
      return { mode: "propose", proposedName };
  }
}
