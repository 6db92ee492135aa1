import { findingGroups } from "./groups/index.ts";

/** Every kind of finding as rows of Markdown tables, one table a group; from the groups, which are their only home. */
export function findingsTables(): string {
  return findingGroups
    .map(({ name, kinds }) => {
      const rows = Object.entries(kinds).map(
        ([kind, { severity, meaning, remedy, mendedBySetUp }]) => [
          `\`${name}.${kind}\``,
          mendedBySetUp === true ? `${severity}, mended by \`up\`` : severity,
          meaning,
          remedy ?? "",
        ],
      );
      return [["id", "severity", "when", "remedy"], ["---", "---", "---", "---"], ...rows]
        .map((cells) => `| ${cells.join(" | ")} |`)
        .join("\n");
    })
    .join("\n\n");
}
