import { explainSettings, settingsJsonSchema } from "../config/explain-settings.ts";
import { renderExplained, renderHeld } from "../config/render.ts";
import { settingsThatHold } from "../config/settings-that-hold.ts";
import { readStackSettings } from "../stack-file.ts";

export interface ConfigOptions {
  readonly stack: string;
  /** Explain every setting instead of showing what holds. */
  readonly explain: boolean;
  readonly json: boolean;
}

/**
 * Shows the settings of a stack as they hold, or explains every setting there is.
 * @throws ConfigError when the stack file is missing or wrong
 */
export function config({ stack, explain, json }: ConfigOptions): Promise<number> {
  process.stdout.write(`${explain ? explained(json) : held(stack, json)}\n`);
  return Promise.resolve(0);
}

function explained(json: boolean): string {
  return json ? JSON.stringify(settingsJsonSchema(), null, 2) : renderExplained(explainSettings());
}

function held(stack: string, json: boolean): string {
  const settings = settingsThatHold(readStackSettings(stack), stack);
  return json
    ? JSON.stringify({ stack, settings }, null, 2)
    : renderHeld(settings, `Pulumi.${stack}.yaml`);
}
