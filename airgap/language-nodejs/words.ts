/**
 * Splits a line into words as a POSIX shell does, without expanding anything: blanks separate, single
 * quotes keep all, double quotes keep all but a backslash before `"` or `\`, a backslash outside of
 * quotes keeps the next character. Answers `undefined` if a quote is not closed.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      word ??= "";
    } else if (character === quote) {
      quote = "";
    } else if (character === "\\" && (quote === "" || (quote === '"' && /["\\]/.test(next)))) {
      word = (word ?? "") + next;
      at += 1;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}
