import type { Random } from "../../kit/clock.ts";
import { keysOfUser, limitKeyPrefix } from "./keys.ts";
import type { Meters } from "./meter.ts";
import type { SharedLog } from "./shared-log.ts";

/** Takes users' limits away, and follows where other gateways did. */
export class Resets {
  readonly #log: SharedLog;
  readonly #meters: Meters;
  readonly #random: Random;
  /** Undefined until the first answer: what was reset before this process began means nothing to it. */
  #newest: string | null | undefined;

  constructor(log: SharedLog, meters: Meters, random: Random) {
    this.#log = log;
    this.#meters = meters;
    this.#random = random;
  }

  /** @throws Error when Redis cannot be asked; then it is forgotten here only */
  async reset(userId: string): Promise<void> {
    this.#forget(userId);
    await this.#log.reset(
      keysOfUser(userId).map((name) => limitKeyPrefix + name),
      `${this.#random.hex(8)} ${userId}`,
    );
  }

  /** @param newest entry of the list of resets, as it came with an answer */
  see(newest: string | null): void {
    const seen = this.#newest;
    if (newest === seen) return;
    this.#newest = newest;
    if (seen === undefined || newest === null) return;
    this.#log.resets().then(
      (entries) => {
        for (const entry of entries) {
          if (entry === seen) break;
          this.#forget(entry.split(" ")[1] ?? "");
        }
      },
      () => {
        // The next answer shows the same entry again.
        this.#newest = seen;
      },
    );
  }

  #forget(userId: string): void {
    for (const name of keysOfUser(userId)) this.#meters.forget(name);
  }
}
