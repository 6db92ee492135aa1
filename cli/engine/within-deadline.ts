/**
 * Waits for an answer no longer than a deadline. What comes later is dropped: dockerode takes no abort signal for most
 * questions.
 * @throws Error saying `no answer within … s`, or what the answer throws
 */
export async function withinDeadline<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms / 1000} s`));
    }, ms);
  });
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
