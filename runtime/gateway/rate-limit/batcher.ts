import type { Clock } from "../../kit/clock.ts";
import { Batch } from "./batch.ts";
import type { Decisions } from "./decisions.ts";
import { LateTimer } from "./late-timer.ts";
import type { Verdict } from "./limiter.ts";
import { LogClock } from "./log-clock.ts";
import type { Meter } from "./meter.ts";
import type { LogReply, SharedLog } from "./shared-log.ts";
import { type StandingEvent, standingEvents } from "./standing.ts";
import { type Waiting, WaitingLine } from "./waiting-line.ts";

export interface BatcherOptions {
  readonly log: SharedLog;
  readonly clock: Clock;
  readonly decisions: Decisions;
  /** A request waits so long for Redis, from when it came, and then this gateway decides. */
  readonly deadlineMs: number;
  /** Told of each answer, once the requests it was about are decided, with the time that it took. */
  readonly onAnswer: (reply: LogReply, seconds: number) => void;
  /** Told whether answers come in time. */
  readonly onEvent: (event: StandingEvent) => void;
}

/** Without an answer for so long, a sign of life is asked for. */
const quietMs = 500;

/**
 * Asks Redis about requests. All requests of one turn of the event loop go to it in one call, and the next call waits for its
 * answer: what comes in meanwhile shares that one. So under load a request costs a fraction of a call, and there is at most one
 * answer under way.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #line: WaitingLine;
  readonly #logClock = new LogClock();
  readonly #timer = new LateTimer(() => this.#expire());
  #underWay: Batch | undefined;
  #lastAnswerMs = 0;
  #flushIsDue = false;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#line = new WaitingLine(options.decisions);
  }

  /** Whether no more requests can wait. */
  get isFull(): boolean {
    return this.#line.isFull;
  }

  ask(meters: readonly Meter[], enteredMs: number): Promise<Verdict> {
    return new Promise((resolve) => {
      this.#line.add({ meters, enteredMs, resolve });
      this.#flushSoon();
      this.#timer.arm(this.#options.deadlineMs);
    });
  }

  /** Asks for an answer about nobody's request, where there is nothing else to wait for. */
  askForSign(onlyWhenQuiet: boolean): void {
    const { log, clock } = this.#options;
    const nowMs = clock.nowMs();
    const isQuiet = nowMs - this.#lastAnswerMs >= quietMs && this.#line.isEmpty;
    if (onlyWhenQuiet && !isQuiet) return;
    if (this.#underWay === undefined && log.isReady()) this.#send([], nowMs);
  }

  /** Decides here on all that Redis was asked, or was to be asked, about. */
  decideAll(): void {
    const { clock, decisions } = this.#options;
    const nowMs = clock.nowMs();
    this.#underWay?.giveUp(decisions, nowMs);
    this.#line.decide(Number.POSITIVE_INFINITY, nowMs);
  }

  close(): void {
    this.#timer.close();
    this.decideAll();
  }

  /** After the sockets of this turn have been read, so that all that has come in is in the batch. */
  #flushSoon(): void {
    if (this.#flushIsDue || this.#underWay !== undefined) return;
    this.#flushIsDue = true;
    setImmediate(() => {
      this.#flushIsDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#underWay !== undefined || this.#line.isEmpty) return;
    const nowMs = this.#options.clock.nowMs();
    const batch = this.#line.takeBatch(nowMs);
    if (batch.length > 0) this.#send(batch, nowMs);
  }

  #send(requests: readonly Waiting[], sentMs: number): void {
    const batch = new Batch(requests, sentMs, this.#options.deadlineMs);
    const { endMs } = batch;
    this.#underWay = batch;
    this.#timer.arm(endMs - sentMs);
    const asked = requests.map(({ meters }) => meters);
    this.#options.log.ask(asked, this.#logClock.at(endMs)).then(
      (reply) => this.#answered(batch, reply),
      (error: unknown) => this.#failed(batch, error),
    );
  }

  #answered(batch: Batch, reply: LogReply): void {
    const { clock, decisions, onAnswer, onEvent } = this.#options;
    const nowMs = clock.nowMs();
    this.#underWay = undefined;
    this.#lastAnswerMs = nowMs;
    this.#logClock.see(reply.nowUs, batch.sentMs, nowMs);
    const wasOverdue = batch.isOverdue;
    const wasInTime = batch.settle(reply.values, decisions, nowMs);
    if (!wasOverdue) onEvent(wasInTime ? standingEvents.inTime : standingEvents.overdue);
    onAnswer(reply, (nowMs - batch.sentMs) / 1000);
    if (!this.#line.isEmpty) this.#flushSoon();
  }

  #failed(batch: Batch, error: unknown): void {
    const { clock, decisions, onEvent } = this.#options;
    this.#underWay = undefined;
    batch.release();
    batch.giveUp(decisions, clock.nowMs());
    onEvent({ kind: "lost", reason: error instanceof Error ? error.message : String(error) });
  }

  #expire(): void {
    const { clock, decisions, deadlineMs, onEvent } = this.#options;
    const batch = this.#underWay;
    // Nothing is asked: what waits is about to be, and was held up by this process alone.
    if (batch === undefined) {
      if (!this.#line.isEmpty) this.#timer.arm(deadlineMs);
      return;
    }
    const nowMs = clock.nowMs();
    if (nowMs < batch.endMs) {
      this.#timer.arm(batch.endMs - nowMs);
      return;
    }
    const gaveUp = batch.giveUp(decisions, nowMs);
    const decided = this.#line.decide(nowMs - deadlineMs, nowMs);
    if (gaveUp || decided) onEvent(standingEvents.overdue);
    const next = this.#line.first;
    if (next !== undefined) this.#timer.arm(next.enteredMs + deadlineMs - nowMs);
  }
}
