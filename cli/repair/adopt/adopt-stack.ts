import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import { z } from "zod";
import { askPulumi, runPreview, type PulumiSetting } from "../../pulumi/run-pulumi.ts";
import { importState } from "../drop-pending.ts";
import { adoptedState, type AdoptedState } from "./adopted-state.ts";
import { liveStack } from "./live.ts";
import { readPlanned, type Planned } from "./planned.ts";

const exported = z.looseObject({ deployment: z.looseObject({}) });

/**
 * Gives a stack whose state was lost a new one, made from what runs and what the program would make.
 * @param setting.stack an empty one that is selected
 * @returns what was taken over, in sentences
 */
export async function adoptStack(
  setting: PulumiSetting,
  { stack, client, report }: AdoptOptions,
): Promise<string[]> {
  const live = await liveStack(client, stack);
  if (live.containers.length === 0 && live.networks.length === 0) return [];
  report("comparing what runs with what would be made");
  const planned: Planned[] = [];
  await runPreview(setting, ["--stack", stack], (line) => {
    const resource = readPlanned(line);
    if (resource !== null) planned.push(resource);
  });
  const adopted = adoptedState(planned, live, randomUUID);
  report("writing the new state");
  const empty = exported.parse(
    JSON.parse(await askPulumi(setting, ["stack", "export", "--stack", stack])),
  );
  const state = { ...empty, deployment: { ...empty.deployment, resources: adopted.resources } };
  await importState(setting, stack, JSON.stringify(state));
  return describeAdopted(adopted);
}

export interface AdoptOptions {
  readonly stack: string;
  readonly client: Docker;
  readonly report: (text: string) => void;
}

function describeAdopted({ kept, replaced }: AdoptedState): string[] {
  return [
    ...(kept.length === 0 ? [] : [`taken over as they are: ${kept.join(", ")}`]),
    ...(replaced.length === 0
      ? []
      : [
          `taken over to be replaced one after the other, since they differ or have passwords that were lost with the ` +
            `state: ${replaced.join(", ")}`,
        ]),
  ];
}
