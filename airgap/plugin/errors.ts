import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { toStruct } from "./values.ts";
import type { Properties } from "./values.ts";

/**
 * A failure that is understood: nothing was changed, and the message tells a person what is wrong.
 * The engine forgets the attempt. For any other error it keeps the operation as pending, since the
 * object may or may not exist.
 */
export class ResourceError extends Error {
  override readonly name = "ResourceError";
}

/** A call of the protocol, or a function, that this provider does not have. */
export class UnimplementedError extends Error {
  override readonly name = "UnimplementedError";
}

/** The parts of a resource that exists although its creation or update has failed. */
export interface HalfMade {
  readonly id: string;
  /** The outputs, without unknown values: they go into the state. */
  readonly properties: Properties;
  readonly inputs: Properties;
  /** One sentence a reason; shown to the user, kept in the state as init errors. */
  readonly reasons: readonly string[];
}

/**
 * The object was made (or changed) but is not right, such as a container that is not healthy. The
 * engine keeps it in the state together with the reasons; without this error it would be orphaned.
 */
export class InitFailedError extends Error {
  override readonly name = "InitFailedError";
  readonly halfMade: HalfMade;

  constructor(halfMade: HalfMade) {
    super(halfMade.reasons.join("\n"));
    this.halfMade = halfMade;
  }
}

/**
 * Turns whatever a handler threw into a gRPC status. The codes are chosen by what the engine makes
 * of them: UNKNOWN means that the outcome is not known, INTERNAL with details is the protocol's
 * form of a half-made resource, and all others mean that nothing happened.
 */
export function toServiceError(error: unknown, signal: AbortSignal): Partial<grpc.StatusObject> {
  if (error instanceof InitFailedError) return initFailedStatus(error);
  if (error instanceof ResourceError) {
    return { code: grpc.status.FAILED_PRECONDITION, details: error.message };
  }
  if (error instanceof UnimplementedError) {
    return { code: grpc.status.UNIMPLEMENTED, details: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: grpc.status.UNKNOWN,
    details: signal.aborted ? `cancelled: ${message}` : message,
  };
}

function initFailedStatus(error: InitFailedError): Partial<grpc.StatusObject> {
  const { id, properties, inputs, reasons } = error.halfMade;
  const detail = new messages.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(toStruct(properties))
    .setInputs(toStruct(inputs))
    .setReasonsList([...reasons]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const whole = new status.Status()
    .setCode(grpc.status.INTERNAL)
    .setMessage(error.message)
    .setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
  return { code: grpc.status.INTERNAL, details: error.message, metadata };
}
