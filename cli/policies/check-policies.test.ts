import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkPolicies } from "./check-policies.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-policies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const volume = "docker:index/volume:Volume";
const urn = `urn:pulumi:dev::astratrade::${volume}::redis-data`;
const labels = ["project=astratrade", "stack=dev", "release=1.2.3"]
  .map((text) => text.split("="))
  .map(([label = "", value]) => ({ label: `io.astratrade.${label}`, value }));

const registered = (retainOnDelete: boolean, of = urn) => ({
  resourcePreEvent: {
    metadata: { op: "same", urn: of, type: volume, new: { inputs: { labels }, retainOnDelete } },
  },
});
const summary = (resourceChanges: Readonly<Record<string, number>>) => ({
  summaryEvent: { resourceChanges },
});

/** Puts a program in the CLI's place that prints events and ends, and looks at what is made of them. */
async function check(
  events: readonly object[],
  exitCode = 0,
  report: (text: string) => void = () => undefined,
) {
  const pulumi = join(folder, "pulumi");
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  writeFileSync(join(folder, "events"), `${lines}\n`);
  writeFileSync(
    pulumi,
    `#!/bin/sh\necho "$PULUMI_ENABLE_STREAMING_JSON_PREVIEW $*" > '${folder}/called'\ncat '${folder}/events'\nexit ${exitCode}\n`,
  );
  chmodSync(pulumi, 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` };
  return await checkPolicies(
    { env },
    {
      stack: "dev",
      extra: ["--refresh"],
      context: { stack: "dev", bindAddress: "127.0.0.1", publish: "all", swapLimit: true },
      report,
    },
  );
}

test("a preview that keeps to the policies is summed up, and is that of the deploy", async () => {
  expect(await check([registered(true), summary({ create: 1, same: 3 })])).toBe(
    "1 to create, 3 unchanged",
  );
  expect(readFileSync(join(folder, "called"), "utf8")).toBe(
    "true preview --stack dev --refresh --json --non-interactive\n",
  );
});

test("a violation ends it, with the way out", async () => {
  await expect(check([registered(false), summary({ same: 4 })])).rejects.toMatchObject({
    name: "UserError",
    exitCode: 1,
    message:
      "Stack dev would break a policy; nothing was changed:\n" +
      "  - retained-volume: redis-data has retainOnDelete false; allowed: true: otherwise `pulumi destroy`, or a changed " +
      "input, deletes the data. Set the option in components/volumes.ts.",
  });
});

test("every violation is said at once, and meanwhile how far it is", async () => {
  const reports: string[] = [];
  const other = urn.replace("redis-data", "prometheus-data");
  const events = [registered(false), registered(false, other), summary({ same: 2 })];
  await expect(check(events, 0, (text) => reports.push(text))).rejects.toThrow(
    /^Stack dev would break policies; nothing was changed:\n {2}- retained-volume: redis-data .*\n {2}- retained-volume: prometheus-data .*$/,
  );
  expect(reports).toEqual([1, 2, 2].map((count) => `resources looked at: ${count}`));
});

test("what the program or a provider refuses is said as a deploy would say it", async () => {
  const refusal = { diagnosticEvent: { urn, message: "<{%reset%}>no room\n", severity: "error" } };
  await expect(check([refusal, summary({})], 1)).rejects.toMatchObject({
    name: "UserError",
    message: "pulumi preview failed:\n\nredis-data: no room",
  });
});
