import { describe, expect, it } from "vitest";
import { drawPet } from "./pet.ts";
import { ADJECTIVES, ADVERBS, ANIMALS } from "./words.ts";

describe("drawPet", () => {
  it("takes one word from each list, the animal last", () => {
    for (let round = 0; round < 200; round++) {
      const [adverb, adjective, animal, ...rest] = drawPet({
        length: 3,
        separator: ".",
        prefix: "",
      }).split(".");
      expect(ADVERBS).toContain(adverb);
      expect(ADJECTIVES).toContain(adjective);
      expect(ANIMALS).toContain(animal);
      expect(rest).toEqual([]);
    }
  });

  it("puts the prefix in front, separated like the words", () => {
    expect(drawPet({ length: 1, separator: "_", prefix: "web" })).toMatch(/^web_[a-z]+$/);
  });
});

describe("word lists", () => {
  it.each([
    ["animals", ANIMALS, 250],
    ["adjectives", ADJECTIVES, 250],
    ["adverbs", ADVERBS, 140],
  ])("%s are many, different and plain", (_, list, least) => {
    expect(list.length).toBeGreaterThanOrEqual(least);
    expect(new Set(list).size).toBe(list.length);
    for (const word of list) expect(word).toMatch(/^[a-z]+$/);
  });
});
