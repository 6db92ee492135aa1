import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** @throws if there is no Pulumi CLI on the PATH, with what puts it there */
export async function requirePulumi(): Promise<void> {
  await promisify(execFile)("pulumi", ["version"]).catch(() => {
    throw new Error("these tests need the Pulumi CLI on the PATH; npm test puts it there");
  });
}
