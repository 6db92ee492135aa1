import { expect, test } from "vitest";
import { describeDrift, summariseDrift } from "./describe-drift.ts";
import { absent, type DriftItem } from "./drift-item.ts";

const redis = { kind: "container", name: "redis", urn: "urn:redis" } as const;
const drift: DriftItem[] = [
  {
    ...redis,
    property: "env.DEBUG",
    expected: absent,
    actual: "hidden (hmac a1)",
    mend: "replace",
  },
  { ...redis, property: "memory", expected: "512 MiB", actual: "300 MiB", mend: "update" },
  {
    ...redis,
    property: "file /etc/app.conf",
    expected: "sha256 1",
    actual: "sha256 2",
    mend: "replace",
    diff: "@@ -1,1 +1,1 @@\n-interval: 5s\n+interval: 50s",
  },
  {
    kind: "container",
    name: "user",
    urn: "urn:user",
    property: "state",
    expected: "running",
    actual: "paused",
    mend: "resume",
  },
  {
    kind: "container",
    name: "user",
    urn: "urn:user",
    property: "restart",
    expected: "always",
    actual: "no",
    mend: "update",
  },
  {
    kind: "network",
    name: "edge",
    urn: "urn:edge",
    property: "internal",
    expected: "false",
    actual: "true",
    mend: "replace",
  },
  {
    kind: "network",
    name: "shop",
    urn: "urn:shop",
    property: "network",
    expected: "a",
    actual: "b",
    mend: "replace",
    byHand: "Remove it: docker network rm shop",
  },
  {
    kind: "volume",
    name: "data",
    urn: "urn:data",
    property: "driver",
    expected: "local",
    actual: "nfs",
    mend: "none",
  },
];

test("each container, network and volume has its differences, and what becomes of it", () => {
  expect(describeDrift(drift, "npm run up").join("\n")).toBe(
    `container redis
  env.DEBUG
    + hidden (hmac a1)
  memory
    - 512 MiB
    + 300 MiB
  file /etc/app.conf
    @@ -1,1 +1,1 @@
    -interval: 5s
    +interval: 50s
  \`npm run up\` replaces it.

container user
  state
    - running
    + paused
  restart
    - always
    + no
  \`npm run up\` updates it in place, and lets it go on.

network edge
  internal
    - false
    + true
  \`npm run up\` replaces it, and the containers in it.

network shop
  network
    - a
    + b
  Remove it: docker network rm shop

volume data
  driver
    - local
    + nfs
  It is left as it is, since there is data in it.
`,
  );
});

test("a deploy says a line each, and not without end", () => {
  expect(summariseDrift([])).toBe("none");
  expect(summariseDrift(drift.slice(0, 3), 2)).toBe(
    `3 differences in 1 place
    redis: env.DEBUG was added: hidden (hmac a1)
    redis: memory is 300 MiB, deployed was 512 MiB
    and 1 more`,
  );
  expect(summariseDrift(drift.slice(2, 3))).toBe(
    `1 difference in 1 place
    redis: file /etc/app.conf was edited`,
  );
});

test("long values are cut around the place where they part", () => {
  const long = "a".repeat(200);
  const item = {
    ...redis,
    property: "command",
    expected: `${long}-one-${long}`,
    actual: `${long}-two-${long}`,
    mend: "replace",
  } as const;
  const [, , before, after] = describeDrift([item], "npm run up");
  expect(before).toContain("-one-");
  expect(after).toContain("-two-");
  expect(before?.length).toBeLessThan(175);
});
