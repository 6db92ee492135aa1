/** Something that must be over by a certain time. It belongs to one list at most. */
export interface Deadline {
  /** `performance.now()` at which it is late. */
  expiresAtMs: number;
  /** Called once, at most a tick after it is late, unless it was taken off the list before. */
  expire(): void;
  /** The list's own. */
  previousDeadline: Deadline | undefined;
  nextDeadline: Deadline | undefined;
}

/** Deadlines of everything that is under way. */
export interface Deadlines {
  add(deadline: Deadline): void;
  /** Does nothing where it is not on the list. */
  remove(deadline: Deadline): void;
  close(): void;
}

const tickMs = 20;

/**
 * One timer for all deadlines: a list that is looked through every 20 ms while there is anything on it. A timer for each
 * request would cost more than looking: some hundreds are under way at most, and to look at one takes nanoseconds.
 * @param nowMs `performance.now`, or a test's
 */
export function createDeadlines(nowMs: () => number = () => performance.now()): Deadlines {
  const head: Deadline = {
    expiresAtMs: Number.POSITIVE_INFINITY,
    expire: () => undefined,
    previousDeadline: undefined,
    nextDeadline: undefined,
  };
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = nowMs();
    const late: Deadline[] = [];
    for (let one = head.nextDeadline; one !== undefined; one = one.nextDeadline) {
      if (one.expiresAtMs <= now) late.push(one);
    }
    for (const one of late) {
      // What the ones before it did may have ended this one too.
      if (one.previousDeadline === undefined) continue;
      remove(one);
      one.expire();
    }
    if (head.nextDeadline === undefined) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function remove(deadline: Deadline): void {
    const { previousDeadline: previous, nextDeadline: next } = deadline;
    if (previous === undefined) return;
    previous.nextDeadline = next;
    if (next !== undefined) next.previousDeadline = previous;
    deadline.previousDeadline = undefined;
    deadline.nextDeadline = undefined;
  }

  return {
    add: (deadline) => {
      remove(deadline);
      const first = head.nextDeadline;
      deadline.previousDeadline = head;
      deadline.nextDeadline = first;
      head.nextDeadline = deadline;
      if (first !== undefined) first.previousDeadline = deadline;
      timer ??= setInterval(look, tickMs);
    },
    remove,
    close: stop,
  };
}
