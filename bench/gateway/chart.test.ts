import { expect, test } from "vitest";
import { barChart } from "./chart.ts";

const text = { title: "CPU & time", subtitle: "<less> is better" };

test("a bar is as long as its value beside the largest", () => {
  const svg = barChart(
    [
      { label: "ours", value: 50, min: 40, max: 60, marked: true },
      { label: "theirs", value: 100, min: 90, max: 200 },
    ],
    text,
  );
  expect(svg).toContain('width="130" height="22" fill="#0b6e4f"');
  expect(svg).toContain('width="260" height="22" fill="#8aa0b4"');
  expect(svg).toContain(">50.0</text>");
});

test("signs that mean something in XML are written so that they do not", () => {
  const svg = barChart([], text);
  expect(svg).toContain("CPU &amp; time");
  expect(svg).toContain("&lt;less&gt; is better");
});
