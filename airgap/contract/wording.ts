/**
 * What the official provider says when something fails, and what any other wording must name too:
 * the object or the property, and the cause.
 */
const MUST_NAME: readonly (readonly [recorded: RegExp, ...mustName: RegExp[]])[] = [
  [/unable to pull image contract\/none:1/, /contract\/none:1/, /pull/],
  [/unable to pull image localhost:1\/none:1/, /localhost:1\/none:1/, /connection refused/],
  [/exec: "\/nope"/, /start container/i, /\/nope/, /no such file or directory/],
  [/container name "\/ct-c" is already in use/, /ct-c/, /already in use/],
  [/Bind for 0\.0\.0\.0:18080 failed/, /18080/, /already allocated/],
  [/network ct-none not found/, /ct-none/, /not found/],
  [/rootfs is marked read-only/, /upload/, /read-only/],
  [/create bad name!/, /bad name!/, /invalid characters/],
  [/invalid port specification: "70000"/, /70000/, /port/],
  [/Error setting cpus/, /cpus/, /many/],
  [/Minimum memory limit/, /memory limit/, /6MB/],
  [/failed to be in healthy state/, /healthy/],
  [/The command '\/bin\/sh -c false' returned/, /false/, /code: 1|status 1|exit code 1/],
  [
    /stat __DIR__\/root\/Dockerfile/,
    /\/root\/Dockerfile/,
    /no such file|does not exist|not found|no Dockerfile/i,
  ],
  [/stat __DIR__\/none\/Dockerfile/, /\/none/, /no such file|does not exist|not found/i],
  [/repository name must be lowercase/, /Contract\/Bad:1|lowercase/, /lowercase/],
];

/**
 * Compares the wording of two errors.
 *
 * @returns what the new wording does not name; for a recorded error that is not in the table, that
 *   it is missing there
 */
export function compareErrors(recorded: string, actual: string): readonly string[] {
  const entry = MUST_NAME.find(([pattern]) => pattern.test(recorded));
  if (entry === undefined) return [`wording.ts has no entry for the recorded error: ${recorded}`];
  const [, ...mustName] = entry;
  return mustName
    .filter((pattern) => !pattern.test(actual))
    .map((pattern) => `the error does not name ${pattern.source}: ${actual}`);
}

/** One failure of Check. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/**
 * Compares the failures of Check: as many, and each names the property and the value that the
 * recorded one names.
 */
export function compareFailures(
  recorded: readonly Partial<Failure>[],
  actual: readonly Failure[],
): readonly string[] {
  if (recorded.length !== actual.length) {
    return [
      `recorded ${recorded.length} failures, now ${actual.length}: ${JSON.stringify(actual)}`,
    ];
  }
  return recorded.flatMap(({ property = "", reason = "" }, i) => {
    const text = `${actual[i]?.property ?? ""}: ${actual[i]?.reason ?? ""}`;
    const path = /Examine values at '[^.]+\.([^']+)'/.exec(reason)?.[1] ?? property;
    const value = /'([^']+)'/.exec(reason)?.[1];
    const names = [path, value].filter((name): name is string => name !== undefined && name !== "");
    return names
      .filter((name) => !text.includes(name))
      .map((name) => `the failure does not name ${name}: ${text}`);
  });
}
