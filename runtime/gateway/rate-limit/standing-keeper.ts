import type { LimiterListener } from "./limiter.ts";
import { nextStanding, type Standing, type StandingEvent, starting } from "./standing.ts";

export interface StandingKeeperOptions {
  readonly listener: LimiterListener;
  /** Called when Redis is not asked any more. */
  readonly onAlone: () => void;
  /** Asks for a sign of life. */
  readonly probe: (onlyWhenQuiet: boolean) => void;
}

/** Signs of life that Redis is asked for: while all is well and nobody asks anything else, and otherwise. */
const quietProbeMs = 1000;
const anxiousProbeMs = 200;

/** Keeps in mind whether Redis is asked, and finds out by probes whether it can be. */
export class StandingKeeper {
  readonly #options: StandingKeeperOptions;
  #standing: Standing = starting;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: StandingKeeperOptions) {
    this.#options = options;
  }

  get isShared(): boolean {
    return this.#standing.state === "shared";
  }

  take(event: StandingEvent): void {
    const before = this.#standing.state;
    this.#standing = nextStanding(this.#standing, event);
    const { state } = this.#standing;
    if (state === before) return;
    const { listener, onAlone } = this.#options;
    listener.degraded(this.#standing.state === "alone" ? this.#standing.reason : undefined);
    if (state === "alone") onAlone();
    this.#probeLater();
  }

  /** With nobody's request; and again later. */
  probe(): void {
    this.#options.probe(this.isShared);
    this.#probeLater();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#standing = { state: "alone", inTime: 0, reason: "it was closed" };
  }

  #probeLater(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const isWell = this.#standing.state === "shared" && this.#standing.overdue === 0;
    this.#timer = setTimeout(() => this.probe(), isWell ? quietProbeMs : anxiousProbeMs);
  }
}
