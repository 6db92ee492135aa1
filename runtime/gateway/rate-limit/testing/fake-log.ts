import { toReply, type SharedLog } from "../shared-log.ts";
import type { Meter } from "../meter.ts";

interface Asked {
  readonly requests: readonly (readonly Meter[])[];
  readonly latestUs: number | undefined;
  readonly resolve: (values: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The shared log in this process, with a clock of its own: it answers when the test says so. */
export class FakeLog implements SharedLog {
  onReady = (): void => undefined;
  onLost: (reason: string) => void = () => undefined;
  readonly #nowMs: () => number;
  readonly #windowMs: number;
  readonly #admissions = new Map<string, number[]>();
  #asked: Asked[] = [];
  #resets: string[] = [];
  #ready = true;
  /** Whether it answers at once, without being told to. */
  prompt = false;
  /** Batches that it was asked about, by number of requests. */
  readonly batches: number[] = [];

  constructor(nowMs: () => number, windowMs: number) {
    this.#nowMs = nowMs;
    this.#windowMs = windowMs;
  }

  async ask(requests: Asked["requests"], latestUs: number | undefined) {
    this.batches.push(requests.length);
    const values = await new Promise<unknown>((resolve, reject) => {
      this.#asked.push({ requests, latestUs, resolve, reject });
      if (this.prompt) this.answer();
    });
    return toReply(values, requests.length);
  }

  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  /** Looks at everything it was asked, now, and replies. */
  answer(): void {
    this.look()();
  }

  /** Looks at everything it was asked, now; what this returns lets the replies through. */
  look(): () => void {
    const replies = this.#asked.splice(0).map(({ requests, latestUs, resolve }) => {
      const nowUs = this.#nowMs() * 1000;
      const isLate = latestUs !== undefined && nowUs > latestUs;
      const results = isLate ? [] : requests.flatMap((meters) => this.#decide(meters));
      const values = [nowUs, this.#resets[0] ?? null, ...results];
      return () => resolve(values);
    });
    return () => {
      for (const reply of replies) reply();
    };
  }

  fail(message: string): void {
    for (const { reject } of this.#asked.splice(0)) reject(new Error(message));
  }

  lose(reason = "gone"): void {
    this.#ready = false;
    this.fail(reason);
    this.onLost(reason);
  }

  /** @param keepsData false when it was emptied meanwhile */
  comeBack(keepsData = true): void {
    if (!keepsData) this.flush();
    this.#ready = true;
    this.onReady();
  }

  flush(): void {
    this.#admissions.clear();
  }

  isReady = (): boolean => this.#ready;
  close = (): void => undefined;
  resets = (): Promise<string[]> => Promise.resolve(this.#resets);

  reset(keys: readonly string[], entry: string): Promise<void> {
    if (!this.#ready) return Promise.reject(new Error("gone"));
    for (const key of keys) this.#admissions.delete(key);
    this.#resets = [entry, ...this.#resets];
    return Promise.resolve();
  }

  #decide(meters: readonly Meter[]): number[] {
    const nowMs = this.#nowMs();
    const logs = meters.map(({ key, limit }) => {
      const stamps = (this.#admissions.get(key) ?? []).filter((at) => at > nowMs - this.#windowMs);
      this.#admissions.set(key, stamps);
      return { stamps, room: limit - stamps.length };
    });
    const full = logs.findIndex(({ room }) => room <= 0);
    if (full === -1) for (const { stamps } of logs) stamps.push(nowMs);
    const rooms = logs.map(({ room }) => room);
    const check = full === -1 ? rooms.indexOf(Math.min(...rooms)) : full;
    const oldest = logs[check]?.stamps[0] ?? nowMs;
    return [
      full === -1 ? check + 1 : -(check + 1),
      full === -1 ? (logs[check]?.room ?? 0) - 1 : 0,
      (oldest + this.#windowMs - nowMs) * 1000,
    ];
  }
}
