import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareContainer, missingContainer } from "./compare-container.ts";
import type { LiveFile } from "./live.ts";
import { mutations } from "./testing/mutations.ts";
import {
  deployedOf,
  documentOf,
  filesOf,
  sampleInputs,
  subjectOf,
  type ContainerDocument,
  type SampleInputs,
} from "./testing/sample.ts";

function found(inputs: SampleInputs, mutate: (document: ContainerDocument) => void) {
  const document = documentOf(structuredClone(inputs));
  mutate(document);
  return compareContainer(subjectOf(inputs, document));
}

/** Containers of all kinds, as the program may ask for them. */
const anyInputs: fc.Arbitrary<SampleInputs> = fc
  .record({
    variables: fc.dictionary(fc.stringMatching(/^[A-Z]{6,8}$/), fc.string(), { maxKeys: 4 }),
    labels: fc.dictionary(fc.stringMatching(/^org\.[a-z]{4}$/), fc.string(), { maxKeys: 3 }),
    aliases: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 2 }),
    ports: fc.uniqueArray(fc.integer({ min: 10_000, max: 60_000 }), { maxLength: 2 }),
    command: fc.option(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }), {
      nil: null,
    }),
    swapless: fc.boolean(),
  })
  .map(({ variables, labels, aliases, ports, command, swapless }) => ({
    ...sampleInputs,
    ...(command !== null && { command }),
    envs: [
      ...sampleInputs.envs,
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ],
    labels: [
      ...sampleInputs.labels,
      ...Object.entries(labels).map(([label, value]) => ({ label, value })),
    ],
    memorySwap: swapless ? -1 : 512,
    networksAdvanced: [...sampleInputs.networksAdvanced, { name: "astratrade-dev-edge", aliases }],
    ports: [
      ...sampleInputs.ports,
      ...ports.map((port) => ({ internal: port, external: port, ip: "0.0.0.0", protocol: "tcp" })),
    ],
  }));

describe("a container that nobody has touched", () => {
  test("has no drift, whatever the program asked for", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        expect(found(inputs, () => undefined)).toEqual([]);
      }),
    );
  });

  test("has none where the engine writes the same in another way", () => {
    const other = (it: ContainerDocument): void => {
      it.Config.Env.reverse();
      it.HostConfig.CapAdd = null;
      it.HostConfig.CapDrop = ["CAP_ALL"];
      it.HostConfig.SecurityOpt = ["no-new-privileges"];
      it.HostConfig.PidsLimit = -1;
      it.HostConfig.OomKillDisable = null;
      it.HostConfig.Devices = [];
      it.HostConfig.Dns = [];
      it.HostConfig.Ulimits = [];
      it.HostConfig.Sysctls = {};
      Object.assign(it.Config.Healthcheck, { StartInterval: 0 });
      Object.assign(it.NetworkSettings.Networks["astratrade-dev-trading"] ?? {}, {
        Aliases: ["trading-service"],
      });
    };
    expect(found(sampleInputs, other)).toEqual([]);
  });
});

describe("what was done by hand is found and named", () => {
  test.each(mutations.map((it) => [it[0], it] as const))("%s", (_title, mutation) => {
    const [property, mutate, expected, actual, mend = "replace"] = mutation;
    expect(found(sampleInputs, mutate)).toMatchObject([
      { kind: "container", name: "trading-service", property, expected, actual, mend },
    ]);
  });

  test("whatever the program asked for", () => {
    fc.assert(
      fc.property(anyInputs, fc.constantFrom(...mutations), (inputs, [property, mutate]) => {
        expect(found(inputs, mutate).map((it) => it.property)).toEqual([property]);
      }),
    );
  });

  test("several at once, each on its own", () => {
    const all = mutations.filter(([property]) =>
      ["memory", "restart", "label.team"].includes(property),
    );
    const both = found(sampleInputs, (it) => all.forEach(([, mutate]) => mutate(it)));
    expect(both.map(({ property }) => property)).toEqual(["label.team", "memory", "restart"]);
  });
});

describe("files", () => {
  const edited = (content: string, mode = 0o444): Map<string, LiveFile> =>
    new Map([["/etc/app.conf", { kind: "file", content: Buffer.from(content), mode }]]);
  const compare = (
    files: ReadonlyMap<string, LiveFile>,
    secret: ("envs" | "uploads")[] = ["envs"],
  ) => compareContainer(subjectOf(sampleInputs, documentOf(sampleInputs), { files, secret }));

  test("an edited one is shown as a diff", () => {
    expect(compare(edited("interval: 50s\n"))).toMatchObject([
      {
        property: "file /etc/app.conf",
        mend: "replace",
        diff: "@@ -1,1 +1,1 @@\n-interval: 5s\n+interval: 50s",
      },
    ]);
  });

  test("one with a secret is shown by hashes alone", () => {
    for (const items of [
      compare(edited("interval: 50s\n"), ["envs", "uploads"]),
      compare(edited("interval: 5s\nrequirepass correct-horse\n")),
    ]) {
      expect(items).toHaveLength(1);
      expect(items[0]).not.toHaveProperty("diff");
      expect(items[0]?.actual).toMatch(/^hidden \(hmac [0-9a-f]{12}\), mode 0444$/);
    }
  });

  test("a line that may set a secret nobody knows is withheld", () => {
    const [item] = compare(edited("interval: 5s\napi_key: 5ecr3t\n"));
    expect(item?.diff).toMatch(/^@@ -1,1 \+1,2 @@\n interval: 5s\n\+hidden \(hmac [0-9a-f]{12}\)$/);
  });

  test("other permissions, a missing one, and a link", () => {
    const [mode] = compare(edited("interval: 5s\n", 0o644));
    expect(mode).toMatchObject({ actual: expect.stringMatching(/, mode 0644$/) as string });
    expect(mode).not.toHaveProperty("diff");
    const missing = new Map([["/etc/app.conf", { kind: "missing" } as const]]);
    expect(compare(missing)).toMatchObject([{ actual: "missing" }]);
    const link = new Map([["/etc/app.conf", { kind: "other", what: "a link" } as const]]);
    expect(compare(link)).toMatchObject([{ actual: "a link" }]);
  });
});

describe("a container in another's place", () => {
  const other = documentOf(sampleInputs);
  other.Id = "e4cadbc7987e".padEnd(64, "0");
  other.Config.Hostname = "e4cadbc7987e";
  other.Config.Env[0] = "LOG_LEVEL=debug";

  test("is told from the one that was deployed, and so is what is different in it", () => {
    const items = compareContainer(subjectOf(sampleInputs, other));
    expect(items.map(({ property, actual, mend }) => [property, actual, mend])).toEqual([
      ["container", "e4cadbc7987e, made by hand", "replace"],
      ["env.LOG_LEVEL", "debug", "replace"],
      ["network astratrade-dev-trading", "connected as c8791d393c47, trading-service", "replace"],
    ]);
    expect(items.some((it) => "byHand" in it)).toBe(false);
  });

  test("that does not say it is of the stack is for a person to remove", () => {
    const foreign = structuredClone(other);
    foreign.Config.Labels = {};
    const [item] = compareContainer(subjectOf(sampleInputs, foreign));
    expect(item?.byHand).toContain("docker rm -f trading-service");
  });
});

test("one that is gone is made again", () => {
  expect(missingContainer(deployedOf(sampleInputs))).toMatchObject({
    property: "state",
    actual: "removed",
    mend: "create",
  });
});

test("no secret is in anything that was found, wherever somebody has put it", () => {
  const anySecret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/);
  fc.assert(
    fc.property(anySecret, anySecret, (known, typed) => {
      fc.pre(known !== typed);
      const inputs = { ...sampleInputs, envs: ["LOG_LEVEL=info", `REDIS_PASSWORD=${known}`] };
      const document = documentOf(inputs);
      document.Config.Env = [
        `LOG_LEVEL=${known}`,
        `REDIS_PASSWORD=${typed}`,
        `SOMETHING=${typed}`,
        `URL=redis://me:${typed}@redis:6379`,
      ];
      document.Config.Cmd = [
        "redis-server",
        "--requirepass",
        typed,
        `--masterauth=${typed}`,
        known,
      ];
      document.Config.Healthcheck.Test = ["CMD", "redis-cli", "-a", known];
      document.Config.Labels = { note: `it is ${known}`, "api-token": typed };
      document.HostConfig.LogConfig.Config = { "splunk-token": typed };
      const files = filesOf(inputs);
      files.set("/etc/app.conf", {
        kind: "file",
        content: Buffer.from(`interval: 5s\npassword=${typed}\n`),
        mode: 0o444,
      });
      const items = compareContainer(subjectOf(inputs, document, { secrets: [known], files }));
      const text = JSON.stringify(items);
      expect(items.length).toBeGreaterThan(8);
      expect(text).not.toContain(known);
      expect(text).not.toContain(typed);
    }),
  );
});
