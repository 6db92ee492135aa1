import * as pulumi from "@pulumi/pulumi";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime/index.js";

/** What the recorder gives out as the id of our own image. */
export const runtimeImageId = `sha256:${"1a".repeat(32)}`;

/** A registration as the engine would get it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Puts a recorder in the engine's place: what a provider would have worked out is made up from the name.
 * @returns the list that registrations are added to, in order
 */
export async function recordRegistrations(): Promise<Registration[]> {
  const registrations: Registration[] = [];
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      newResource: ({ type, name, inputs }: MockResourceArgs) => {
        registrations.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), ...computed(type, name) } };
      },
    },
    "astratrade",
    "dev",
    false,
  );
  return registrations;
}

/** Waits for an output's value. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as pulumi.Unwrap<T>));
  });
}

function computed(type: string, name: string): Record<string, unknown> {
  if (type === "docker:index/image:Image") return { repoDigest: runtimeImageId };
  if (type === "random:index/randomPassword:RandomPassword") return { result: `${name}-password` };
  return {};
}
