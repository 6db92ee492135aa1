import { Problem } from "./errors.ts";

/** @throws Problem `invalid_json` that names the place of the error */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem("invalid_json", {
      message:
        text.trim() === "" ? "The body is empty; JSON is expected." : `Not valid JSON: ${reason}.`,
    });
  }
}
