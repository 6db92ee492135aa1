/**
 * Takes the settings of the project's own namespace out of Pulumi's configuration and gives them their types back: Pulumi
 * hands every value over as text, and objects as JSON.
 * @param all `namespace:key` to text, as `pulumi.runtime.allConfig()` returns it
 * @param project the namespace
 * @returns plain data for `parseStackConfig`
 */
export function stackSettings(
  all: Readonly<Record<string, string>>,
  project: string,
): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), typed(text)]),
  );
}

/** Text that is a JSON object, list, number or truth value is that; all else stays text. */
function typed(text: string): unknown {
  if (!/^(\{.*\}|\[.*\]|-?\d+(\.\d+)?|true|false)$/s.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
