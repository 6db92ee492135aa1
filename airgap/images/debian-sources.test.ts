import { expect, test } from "vitest";
import { sourcesFrom } from "./debian-sources.ts";

test("takes the machine's mirrors of the suite, component by component, and no third party's", () => {
  const targets = [
    "Debian|bookworm|http://mirror.internal/debian/|bookworm|main",
    "Debian|bookworm|http://mirror.internal/debian/|bookworm|contrib",
    "Debian|bookworm|http://mirror.internal/debian/|bookworm|main",
    "Debian|bookworm-security|http://mirror.internal/security/|bookworm-security|main",
    "NodeSource|nodistro|https://example.org/node|nodistro|main",
    "Debian|trixie|http://mirror.internal/debian/|trixie|main",
    "",
  ].join("\n");
  expect(sourcesFrom(targets)).toBe(
    "deb http://mirror.internal/debian/ bookworm main contrib\n" +
      "deb http://mirror.internal/security/ bookworm-security main\n",
  );
});

test.each([
  ["no lists were fetched yet", "|||bookworm|main"],
  ["the machine runs another release", "Debian|trixie|http://mirror.internal/debian/|trixie|main"],
  ["there is no apt", ""],
])("has none to offer when %s", (_case, targets) => {
  expect(sourcesFrom(targets)).toBeUndefined();
});
