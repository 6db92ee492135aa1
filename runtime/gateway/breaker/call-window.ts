/**
 * Calls of the last seconds, in buckets that are emptied as time passes over them. Totals are kept, so that reading costs
 * nothing, and there is no timer: whoever writes or reads moves it on.
 */
export class CallWindow {
  calls = 0;
  failures = 0;
  slowCalls = 0;
  readonly #bucketMs: number;
  readonly #buckets: number;
  /** For each bucket: calls, failures, slow calls. */
  readonly #counts: Uint32Array;
  /** Number of the present bucket since time began; its place in `counts` is the rest. */
  #tick = 0;

  constructor(buckets: number, bucketMs: number) {
    this.#buckets = buckets;
    this.#bucketMs = bucketMs;
    this.#counts = new Uint32Array(buckets * 3);
  }

  record(nowMs: number, isFailure: boolean, isSlow: boolean): void {
    this.moveTo(nowMs);
    const at = (this.#tick % this.#buckets) * 3;
    this.#add(at, 1);
    this.calls += 1;
    if (isFailure) {
      this.#add(at + 1, 1);
      this.failures += 1;
    }
    if (isSlow) {
      this.#add(at + 2, 1);
      this.slowCalls += 1;
    }
  }

  /** Forgets what has become too old. A clock that went backwards changes nothing. */
  moveTo(nowMs: number): void {
    const tick = Math.floor(nowMs / this.#bucketMs);
    if (tick <= this.#tick) return;
    const passed = Math.min(tick - this.#tick, this.#buckets);
    for (let step = 0; step < passed; step += 1) this.#empty(((tick - step) % this.#buckets) * 3);
    this.#tick = tick;
  }

  clear(): void {
    this.#counts.fill(0);
    this.calls = 0;
    this.failures = 0;
    this.slowCalls = 0;
  }

  #empty(at: number): void {
    this.calls -= this.#counts[at] ?? 0;
    this.failures -= this.#counts[at + 1] ?? 0;
    this.slowCalls -= this.#counts[at + 2] ?? 0;
    this.#counts.fill(0, at, at + 3);
  }

  #add(at: number, count: number): void {
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }
}
