import { describe, expect, test } from "vitest";
import { imageRef, type RecipeInputs, recipeHash, upstreamVersion } from "./recipe.ts";
import { recipes } from "./recipes/index.ts";

const inputs: RecipeInputs = { architecture: "amd64", nodeHash: undefined, commonFinish: "x" };

test.each([
  ["5:7.0.15-1~deb12u10", "7.0.15"],
  ["2.42.0+ds-5+deb12u1", "2.42.0"],
  ["2.6.12-1+deb12u4", "2.6.12"],
  ["12", "12"],
])("Debian's %s is %s", (debian, upstream) => {
  expect(upstreamVersion(debian)).toBe(upstream);
});

test("a version that is none is refused by name", () => {
  expect(() => upstreamVersion("unstable")).toThrow('"unstable" is no Debian version.');
});

test("the name says that the image is our own, its version and its recipe", () => {
  expect(imageRef("redis", "7.0.15", "0123456789ab")).toBe(
    "astratrade-airgap/redis:7.0.15-0123456789ab",
  );
});

describe("recipeHash", () => {
  const base = recipeHash(recipes.redis, inputs);

  test("is the same for the same recipe, and fit for a tag", () => {
    expect(recipeHash({ ...recipes.redis }, { ...inputs })).toBe(base);
    expect(base).toMatch(/^[0-9a-f]{12}$/);
  });

  test.each([
    ["a package", { ...recipes.redis, packages: ["redis-server"] }, inputs],
    ["the script", { ...recipes.redis, finish: "true" }, inputs],
    ["the command", { ...recipes.redis, changes: ["USER redis"] }, inputs],
    ["the processor", recipes.redis, { ...inputs, architecture: "arm64" }],
    ["the Node binary", recipes.redis, { ...inputs, nodeHash: "1" }],
    ["what all images share", recipes.redis, { ...inputs, commonFinish: "y" }],
  ])("changes with %s", (_what, recipe, changed) => {
    expect(recipeHash(recipe, changed)).not.toBe(base);
  });
});
