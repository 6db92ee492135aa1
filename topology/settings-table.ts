import { stackConfigSchema } from "./stack-config.ts";

/** The settings of a stack as rows of a Markdown table: key, default, meaning; from the schema, which is their only home. */
export function settingsTable(): string {
  const defaults: Readonly<Record<string, unknown>> = stackConfigSchema.parse({});
  const rows = Object.entries(stackConfigSchema.shape).map(([key, schema]) => [
    `\`astratrade:${key}\``,
    defaults[key] === undefined ? "" : `\`${JSON.stringify(defaults[key])}\``,
    (schema.description ?? "").replaceAll("|", "\\|"),
  ]);
  return [["key", "default", "meaning"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
