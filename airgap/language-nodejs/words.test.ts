import { expect, it } from "vitest";
import { splitWords } from "./words.ts";

it.each([
  ["", []],
  ["  ", []],
  ["--import tsx", ["--import", "tsx"]],
  ["\t a \n b ", ["a", "b"]],
  ["'a b' c", ["a b", "c"]],
  ["a'b c'd", ["ab cd"]],
  ['"a \\" \\\\ \\n"', ['a " \\ \\n']],
  ["'a\\'", ["a\\"]],
  ["a\\ b", ["a b"]],
  ["'' x", ["", "x"]],
  ["'open", undefined],
  ['"open', undefined],
])("%j has the words %j", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});
