import { describe, expect, it } from "vitest";
import { checkResult, reportFixture, runFacts } from "../testing/report.ts";
import { renderConsole, wrap } from "./console.ts";
import { renderMarkdown } from "./markdown.ts";
import { summarise } from "./summarise.ts";

const golden = (name: string): string => `./golden/${name}.golden`;

describe("the console", () => {
  it("tells troubles first and in full, and folds the rest", async () => {
    await expect(renderConsole(reportFixture(), { width: 80 })).toMatchFileSnapshot(
      golden("console.txt"),
    );
  });

  it("shows every check when asked to", async () => {
    await expect(renderConsole(reportFixture(), { width: 80, verbose: true })).toMatchFileSnapshot(
      golden("console-verbose.txt"),
    );
  });

  it("says the same in colour as without", () => {
    const colored = renderConsole(reportFixture(), { width: 80, color: true });
    expect(colored).toContain("\u001b[31mFAIL  \u001b[39m");
    // eslint-disable-next-line no-control-regex -- the colours are what is taken out here
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(
      renderConsole(reportFixture(), { width: 80 }),
    );
  });

  it.each([40, 60, 80, 200])("keeps within %i columns, but for words that are longer", (width) => {
    const lines = renderConsole(reportFixture(), { width, verbose: true }).split("\n");
    const tooLong = lines.filter((line) => line.length > width && wrap(line, width).length > 1);
    expect(tooLong.filter((line) => !/^(FAIL|ERROR|WARN)/.test(line))).toEqual([]);
  });

  it("is short when all is well", () => {
    const checks = [checkResult(), checkResult({ id: "limits.cpu.redis", group: "limits" })];
    expect(renderConsole(summarise(checks, { ...runFacts, attempts: 1 }))).toBe(
      [
        "Validation of stack dev, version 0.1.0",
        "",
        "limits      1 passed",
        "redis       1 passed",
        "",
        "2 checks: 2 passed. 12.3 s, 1 attempt, exit code 0.",
        "PASSED: Everything that can be checked here is as it should be.",
        "",
      ].join("\n"),
    );
  });

  it("does not let what a container printed command the terminal", () => {
    const actual = "red \u001b[31malert\u001b[0m \u001b[2J\u0007bell";
    const text = renderConsole(summarise([checkResult({ status: "fail", actual })], runFacts));
    expect(text).toContain("actual    red alert bell\n");
  });
});

describe("Markdown", () => {
  it("has the troubles, every check and the context", async () => {
    await expect(renderMarkdown(reportFixture())).toMatchFileSnapshot(golden("report.md"));
  });

  it("does not let what a container printed become markup", () => {
    const actual = "a | b\n# <script> `x` [link](y) *bold*";
    const text = renderMarkdown(summarise([checkResult({ status: "fail", actual })], runFacts));
    expect(text).toContain("- actual: a \\| b \\# \\<script\\> \\`x\\` \\[link\\](y) \\*bold\\*\n");
  });
});
