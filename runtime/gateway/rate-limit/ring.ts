/**
 * When the last requests of one limit were admitted: an exact sliding log, in as many slots as the limit, oldest first. A
 * slot is the time in µs modulo 2³², so it takes 4 bytes; differences of two times within 35 minutes come out right.
 */
export class Ring {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #windowUs: number;
  #stamps = new Int32Array(0);
  #oldest = 0;
  #size = 0;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** @param windowMs at most 1 000 000, so that the time modulo 2³² µs is enough */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#windowUs = windowMs * 1000;
  }

  /** Bytes that the slots take. They grow with use, so that somebody who asks once costs little. */
  get bytes(): number {
    return this.#stamps.byteLength;
  }

  /** Admissions in the window that ends now. */
  count(nowMs: number): number {
    this.#forget(nowMs);
    return this.#size;
  }

  /** Whether the window that ends now holds as many as the limit allows. */
  isFull(nowMs: number): boolean {
    // Looking for what is too old is put off until it matters.
    if (this.#size < this.#limit) return false;
    this.#forget(nowMs);
    return this.#size >= this.#limit;
  }

  /** Until the oldest admission leaves the window, in ms; 0 when there is none. */
  waitMs(nowMs: number): number {
    this.#forget(nowMs);
    if (this.#size === 0) return 0;
    return (this.#windowUs - ((toUs(nowMs) - this.#at(0)) | 0)) / 1000;
  }

  /**
   * Notes an admission, which may lie a little before the newest. When the ring is full, the oldest gives way: then there
   * is one less to refuse by.
   */
  add(atMs: number): void {
    this.#forget(atMs);
    if (this.#size === this.#stamps.length) this.#makeRoom();
    const stamp = toUs(atMs);
    let place = this.#size;
    for (; place > 0 && ((this.#at(place - 1) - stamp) | 0) > 0; place -= 1) {
      this.#stamps[this.#slot(place)] = this.#at(place - 1);
    }
    this.#stamps[this.#slot(place)] = stamp;
    this.#size += 1;
    if (atMs > this.#newestMs) this.#newestMs = atMs;
  }

  #makeRoom(): void {
    const slots = this.#stamps.length;
    if (slots === this.#limit) {
      this.#oldest = this.#slot(1);
      this.#size -= 1;
      return;
    }
    const grown = new Int32Array(Math.min(this.#limit, Math.max(8, slots * 2)));
    for (let place = 0; place < this.#size; place += 1) grown[place] = this.#at(place);
    this.#stamps = grown;
    this.#oldest = 0;
  }

  #forget(nowMs: number): void {
    // Whoever comes back after 35 minutes would otherwise meet times that look new again.
    if (nowMs - this.#newestMs >= this.#windowMs) this.#size = 0;
    const nowUs = toUs(nowMs);
    while (this.#size > 0 && ((nowUs - this.#at(0)) | 0) >= this.#windowUs) {
      this.#oldest = this.#slot(1);
      this.#size -= 1;
    }
  }

  #at(place: number): number {
    return this.#stamps[this.#slot(place)] ?? 0;
  }

  #slot(place: number): number {
    const slot = this.#oldest + place;
    return slot < this.#stamps.length ? slot : slot - this.#stamps.length;
  }
}

function toUs(ms: number): number {
  return Math.round(ms * 1000) | 0;
}
