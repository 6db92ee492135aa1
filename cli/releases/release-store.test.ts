import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addToHistory, readHistory } from "./history.ts";
import {
  addRelease,
  readReleases,
  removeRelease,
  removeStaleDrafts,
  replaceRelease,
  stacksWithReleases,
} from "./release-store.ts";
import { releaseWith } from "./testing/records.ts";

let releases: string;
beforeEach(() => {
  releases = join(mkdtempSync(join(tmpdir(), "astratrade-releases-")), "releases");
});
afterEach(() => rmSync(join(releases, ".."), { recursive: true, force: true }));

const add = () => addRelease({ releases }, releaseWith(99), []);
const numbers = () => readReleases({ releases }, "dev").releases.map(({ number }) => number);

test("nothing is recorded where nothing was deployed", () => {
  expect(readReleases({ releases }, "dev")).toEqual({ releases: [], damaged: [] });
  expect(stacksWithReleases({ releases })).toEqual([]);
});

test("a record is numbered, complete, and for its owner's eyes only", () => {
  const report = join(releases, "..", "report.md");
  writeFileSync(report, "# passed\n");
  const added = addRelease({ releases }, releaseWith(99), [report]);
  expect(added).toEqual(releaseWith(1));
  expect(readReleases({ releases }, "dev").releases).toEqual([releaseWith(1)]);
  const folder = join(releases, "dev", "1");
  expect(readdirSync(folder).sort()).toEqual(["release.json", "report.md"]);
  expect(readFileSync(join(folder, "report.md"), "utf8")).toBe("# passed\n");
  const modes = [folder, join(folder, "release.json"), join(folder, "report.md")].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o600, 0o600]);
  expect(readdirSync(join(releases, "dev"))).toEqual(["1"]);
  expect(stacksWithReleases({ releases })).toEqual(["dev"]);
});

test("an attachment that is not there records nothing", () => {
  expect(() => addRelease({ releases }, releaseWith(99), ["/nowhere/report.json"])).toThrow(
    "ENOENT",
  );
  expect(readdirSync(join(releases, "dev"))).toEqual([]);
});

test("the newest comes first, in the order of numbers and not of letters", () => {
  for (let count = 0; count < 11; count += 1) add();
  expect(numbers()).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test("a damaged record is named, skipped, and never overwritten", () => {
  const broken: Record<string, string> = {
    1: '{"schemaVersion":1,',
    2: JSON.stringify(releaseWith(7)),
    3: JSON.stringify({ ...releaseWith(3), operator: 5 }),
  };
  for (const [number, content] of Object.entries(broken)) {
    mkdirSync(join(releases, "dev", number), { recursive: true });
    writeFileSync(join(releases, "dev", number, "release.json"), content);
  }
  mkdirSync(join(releases, "dev", "4"));
  writeFileSync(join(releases, "dev", "4", "report.md"), "");
  expect(add().number).toBe(5);
  const known = readReleases({ releases }, "dev");
  expect(known.releases.map(({ number }) => number)).toEqual([5]);
  expect(known.damaged.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
  expect(known.damaged.map(({ problem }) => problem)).toEqual([
    expect.stringContaining("ENOENT"),
    expect.stringContaining("operator"),
    "it says that it is release 7 of stack dev",
    expect.stringContaining("JSON"),
  ]);
  expect(readFileSync(join(releases, "dev", "1", "release.json"), "utf8")).toBe(broken[1]);
});

test("a number is given out once, also after its record was pruned", () => {
  add();
  const second = add();
  addToHistory({ releases }, second);
  removeRelease({ releases }, "dev", 2);
  expect(numbers()).toEqual([1]);
  expect(add().number).toBe(3);
});

test("commands that record at the same time get different numbers", async () => {
  const program = `
    const [{ addRelease }, { releaseWith }] = await Promise.all([
      import(${JSON.stringify(join(import.meta.dirname, "release-store.ts"))}),
      import(${JSON.stringify(join(import.meta.dirname, "testing/records.ts"))}),
    ]);
    for (let count = 0; count < 15; count += 1)
      addRelease({ releases: ${JSON.stringify(releases)} }, releaseWith(99), []);`;
  const run = () =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      timeout: 15_000,
    });
  await Promise.all([run(), run()]);
  expect(numbers()).toEqual(Array.from({ length: 30 }, (_, index) => 30 - index));
});

test("a record is written anew as a whole", () => {
  const release = add();
  const again = { time: "2026-11-26T08:00:00.000Z", operator: "jo@ops-2", source: null };
  replaceRelease({ releases }, { ...release, again });
  expect(readReleases({ releases }, "dev").releases).toEqual([{ ...release, again }]);
  expect(readdirSync(join(releases, "dev", "1"))).toEqual(["release.json"]);
});

test("what a command has left that ended while it wrote goes after an hour", () => {
  const [old, young] = [".draft-old", ".draft-young"].map((name) => join(releases, "dev", name));
  mkdirSync(old ?? "", { recursive: true });
  mkdirSync(young ?? "");
  const now = Date.now();
  utimesSync(old ?? "", now / 1000 - 3601, now / 1000 - 3601);
  expect(numbers()).toEqual([]);
  removeStaleDrafts({ releases }, "dev", now);
  expect([existsSync(old ?? ""), existsSync(young ?? "")]).toEqual([false, true]);
});

test("a pruned release leaves a line, and a damaged line is left out", () => {
  addToHistory({ releases }, releaseWith(1));
  addToHistory({ releases }, releaseWith(2, { trigger: { kind: "rollback", of: 1 } }));
  addToHistory({ releases }, releaseWith(2));
  const file = join(releases, "dev", "history.jsonl");
  writeFileSync(file, `${readFileSync(file, "utf8")}{"number": 3\n`);
  expect(
    readHistory({ releases }, "dev").map(({ number, trigger }) => [number, trigger.kind]),
  ).toEqual([
    [1, "deploy"],
    [2, "deploy"],
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
