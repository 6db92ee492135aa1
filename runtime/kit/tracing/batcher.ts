/** Gathers items and hands them on in batches, off the path of those who add them. */
export interface Batcher<Item> {
  /** Never waits and never fails. An item too many is dropped. */
  add(item: Item): void;
  /** Sends what is queued, until the deadline. What is added afterwards is dropped. */
  stop(deadlineMs: number): Promise<void>;
}

export interface BatcherOptions<Item> {
  /** Longest that an item waits while there is no backlog. */
  readonly intervalMs: number;
  /** Between two batches while more than one waits. It bounds what items cost, however many there are. */
  readonly backlogMs: number;
  readonly maxBatch: number;
  /** Items that wait, beside those that are just being sent. */
  readonly maxQueued: number;
  /** One batch at a time. It answers for its own failures; one that it throws is a bug, and costs the batch. */
  readonly send: (batch: readonly Item[]) => Promise<void>;
  readonly onDropped: (count: number) => void;
}

export function createBatcher<Item>(options: BatcherOptions<Item>): Batcher<Item> {
  const { intervalMs, backlogMs, maxBatch, maxQueued, send, onDropped } = options;
  let queue: Item[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let isStopped = false;

  // No timer runs while there is nothing to send.
  function schedule(delayMs: number): void {
    timer ??= setTimeout(sendNext, delayMs).unref();
  }

  function sendNext(): void {
    timer = undefined;
    const batch = queue.slice(0, maxBatch);
    queue = queue.slice(batch.length);
    sending = send(batch)
      .catch(() => onDropped(batch.length))
      .finally(() => {
        sending = undefined;
        if (queue.length > 0 && !isStopped)
          schedule(queue.length >= maxBatch ? backlogMs : intervalMs);
      });
  }

  return {
    add: (item) => {
      if (isStopped || queue.length >= maxQueued) {
        onDropped(1);
        return;
      }
      queue.push(item);
      if (sending === undefined) schedule(intervalMs);
    },
    stop: async (deadlineMs) => {
      isStopped = true;
      clearTimeout(timer);
      const endMs = performance.now() + deadlineMs;
      const leave = Promise.withResolvers<undefined>();
      const deadline = setTimeout(() => leave.resolve(undefined), deadlineMs);
      while ((sending !== undefined || queue.length > 0) && performance.now() < endMs) {
        if (sending === undefined) sendNext();
        await Promise.race([sending, leave.promise]);
      }
      clearTimeout(deadline);
      if (queue.length > 0) onDropped(queue.length);
      queue = [];
    },
  };
}
