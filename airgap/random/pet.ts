import { randomInt } from "node:crypto";
import { ADJECTIVES, ADVERBS, ANIMALS } from "./words.ts";

/**
 * Draws a pet name of `length` words: the last is an animal, the one before it an adjective, all
 * others adverbs, as in `really-calm-otter`. `prefix`, when not empty, goes in front as a word.
 */
export function drawPet(options: { length: number; separator: string; prefix: string }): string {
  const words = Array.from({ length: options.length }, (_, index) => {
    const left = options.length - index;
    return pick(left === 1 ? ANIMALS : left === 2 ? ADJECTIVES : ADVERBS);
  });
  return [...(options.prefix === "" ? [] : [options.prefix]), ...words].join(options.separator);
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "";
}
