import type { OperationState } from "../pulumi/events.ts";

const words: Readonly<Record<string, string>> = {
  create: "to create",
  update: "to update",
  replace: "to replace",
  delete: "to delete",
};

/** What a preview says will change, in one line: `3 to create, 1 to replace, 40 unchanged`. */
export function describePlanned({
  changes,
  unchanged,
}: Pick<OperationState, "changes" | "unchanged">): string {
  const counted = Object.entries(words).flatMap(([op, word]) => {
    const count = changes?.[op] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  if (counted.length === 0) return "no change";
  return [...counted, ...(unchanged > 0 ? [`${unchanged} unchanged`] : [])].join(", ");
}
