/** So many answers in a row that are overdue make the gateway decide alone, and so many in time make it ask again. */
export const inARow = 3;

/**
 * Whether Redis is asked.
 * - `starting`: not yet; the first answer in time is enough, for nothing was ever wrong.
 * - `shared`: it is, and `overdue` answers in a row have not come in time.
 * - `alone`: it is not, except by probes, of which `inTime` in a row were answered in time.
 */
export type Standing =
  | { readonly state: "starting" }
  | { readonly state: "shared"; readonly overdue: number }
  | { readonly state: "alone"; readonly inTime: number; readonly reason: string };

/**
 * What has happened: an answer came in time; it did not; or Redis cannot be asked at all, since the connection has ended or
 * it answers with an error.
 */
export type StandingEvent =
  | { readonly kind: "inTime" }
  | { readonly kind: "overdue" }
  | { readonly kind: "lost"; readonly reason: string };

export const starting: Standing = { state: "starting" };
const allWell: Standing = { state: "shared", overdue: 0 };
const inTime: StandingEvent = { kind: "inTime" };
const overdue: StandingEvent = { kind: "overdue" };
export const standingEvents = { inTime, overdue } as const;

/** Where the gateway stands after what has happened. The same object when nothing has changed. */
export function nextStanding(standing: Standing, event: StandingEvent): Standing {
  switch (standing.state) {
    case "starting":
      if (event.kind === "lost") return { state: "alone", inTime: 0, reason: event.reason };
      return event.kind === "inTime" ? allWell : standing;
    case "shared":
      if (event.kind === "lost") return { state: "alone", inTime: 0, reason: event.reason };
      if (event.kind === "inTime") return standing.overdue === 0 ? standing : allWell;
      return standing.overdue + 1 < inARow
        ? { state: "shared", overdue: standing.overdue + 1 }
        : { state: "alone", inTime: 0, reason: `${inARow} answers in a row were overdue` };
    case "alone":
      if (event.kind === "inTime") {
        return standing.inTime + 1 < inARow
          ? { ...standing, inTime: standing.inTime + 1 }
          : allWell;
      }
      return standing.inTime === 0 ? standing : { ...standing, inTime: 0 };
  }
}
