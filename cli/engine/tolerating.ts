/**
 * Lets some of the engine's refusals pass: 304 is said of what is so already, 404 of what is gone, 409 of what is in use or
 * in the middle of something else.
 * @returns whether the engine has done it
 */
export async function tolerating(
  statuses: readonly number[],
  answer: Promise<unknown>,
): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (!statuses.includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
    return false;
  }
}
