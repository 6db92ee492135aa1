import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  inARow,
  nextStanding,
  type Standing,
  type StandingEvent,
  standingEvents,
  starting,
} from "./standing.ts";

const { inTime, overdue } = standingEvents;
const lost: StandingEvent = { kind: "lost", reason: "gone" };

function after(...events: readonly StandingEvent[]): Standing {
  return events.reduce(nextStanding, starting);
}

describe("whether Redis is asked", () => {
  it.each<[string, StandingEvent[], Standing["state"]]>([
    ["not before its first answer", [], "starting"],
    ["from its first answer on", [inTime], "shared"],
    ["not after the connection is lost before that", [lost], "alone"],
    ["still, when two answers in a row are overdue", [inTime, overdue, overdue], "shared"],
    ["no more, when three are", [inTime, overdue, overdue, overdue], "alone"],
    [
      "still, when three are that are not in a row",
      [inTime, overdue, overdue, inTime, overdue],
      "shared",
    ],
    ["no more, when the connection is lost", [inTime, lost], "alone"],
    ["not yet, after two answers in time", [inTime, lost, inTime, inTime], "alone"],
    ["again, after three", [inTime, lost, inTime, inTime, inTime], "shared"],
    [
      "not after three that are not in a row",
      [inTime, lost, inTime, inTime, overdue, inTime],
      "alone",
    ],
  ])("%s", (_title, events, state) => {
    expect(after(...events).state).toBe(state);
  });

  it("says why it is not", () => {
    expect(after(inTime, lost)).toMatchObject({ reason: "gone" });
    expect(after(inTime, overdue, overdue, overdue)).toMatchObject({
      reason: "3 answers in a row were overdue",
    });
  });

  it("follows the last answers, whatever came before", () => {
    const events = fc.array(fc.constantFrom(inTime, overdue, lost), { maxLength: 60 });
    fc.assert(
      fc.property(events, (list) => {
        // The rule in other words: the last run of at least three alike decides, and a loss decides at once.
        let model: Standing["state"] = "starting";
        let run = 0;
        let last = "";
        for (const { kind } of list) {
          run = kind === last ? run + 1 : 1;
          last = kind;
          if (kind === "lost") model = "alone";
          else if (kind === "inTime" && (model === "starting" || run >= inARow)) model = "shared";
          else if (kind === "overdue" && model === "shared" && run >= inARow) model = "alone";
          if (model === "starting") run = 0;
        }
        expect(after(...list).state).toBe(model);
      }),
      { numRuns: 2000 },
    );
  });
});
