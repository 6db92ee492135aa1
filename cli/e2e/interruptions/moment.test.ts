import { expect, test } from "vitest";
import { kinds } from "./kinds.ts";
import { drawMoment } from "./moment.ts";
import { randomOf } from "./random.ts";

const lastDeploy = `- Docker engine
  done in 0.0 s: 20.10
- Preview and policies
    10 resources looked at
  done in 2.5 s: 7 to replace
- Deploy stack dev
    creating redis
  done in 15 s: 7 replaced
- Validate stack dev
  done in 6.8 s: passed
`;

const longest: Readonly<Record<string, number>> = {
  "Docker engine": 1_000,
  Preview: 2_500,
  Deploy: 15_000,
  Validate: 6_800,
};

test.each(kinds)(
  "moments of %s lie within their step, and most of them in the deploy itself",
  (kind) => {
    const random = randomOf(1);
    const moments = Array.from({ length: 500 }, () => drawMoment(random, kind, lastDeploy));
    for (const { step, afterMs } of moments) {
      expect(afterMs).toBeGreaterThanOrEqual(0);
      expect(afterMs).toBeLessThanOrEqual(longest[step] ?? -1);
    }
    expect(moments.filter(({ step }) => step === "Deploy").length).toBeGreaterThan(250);
    const needsPulumi = ["provider", "language-host", "pulumi"].includes(kind);
    expect(moments.some(({ step }) => step === "Validate")).toBe(!needsPulumi);
  },
);

test("without a step in the text a second is taken", () => {
  expect(drawMoment(() => 0.999, "pulumi", "")).toEqual({ step: "Deploy", afterMs: 999 });
});
