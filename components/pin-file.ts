import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { homeFolder, pinFile } from "../catalog/home.ts";
import { parsePin, type Pin } from "../topology/blueprint.ts";

/**
 * The pin of a stack, or null where none is: then the source is deployed.
 * @param home folder of what outlives a clone
 * @throws RunError that names the file and the way out. A pin that nobody can read is never taken for none: that would
 *   deploy the source where somebody had gone back from it.
 */
export function readPinFile(
  stack: string,
  home: string = homeFolder(process.env, homedir()),
): Pin | null {
  const path = pinFile(home, stack);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw refusal(path, stack, `it cannot be read: ${(error as Error).message}`);
  }
  let pin: Pin;
  try {
    pin = parsePin(JSON.parse(text));
  } catch (error) {
    throw refusal(path, stack, (error as Error).message);
  }
  const of = pin.blueprint.topology.stack;
  if (of !== stack) throw refusal(path, stack, `it pins a release of stack ${of}.`);
  return pin;
}

function refusal(path: string, stack: string, problem: string): pulumi.RunError {
  return new pulumi.RunError(
    [
      `Stack ${stack} is pinned to a release by ${path}, and the pin cannot be followed.`,
      problem,
      `\`npm run rollback -- --stack ${stack} --to N\` pins a release anew; \`npm run up -- --stack ${stack}\` removes ` +
        "the pin and deploys the source.",
    ].join("\n"),
  );
}
