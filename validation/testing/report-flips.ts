import type { Report, Status } from "../report/schema.ts";

/**
 * What changed between two runs on the same stack: ids and new statuses of the checks that came out otherwise. One thing
 * broken on purpose has to flip exactly the checks that are about it.
 */
export function reportFlips(before: Report, after: Report): Record<string, Status> {
  const statuses = new Map(before.checks.map(({ id, status }) => [id, status]));
  return Object.fromEntries(
    after.checks
      .filter(({ id, status }) => statuses.get(id) !== status)
      .map(({ id, status }) => [id, status]),
  );
}
