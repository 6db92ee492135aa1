/**
 * Says in a sentence why Go failed and what to do about it.
 *
 * @param errors the end of Go's error output
 * @param goProxy what GOPROXY is set to
 */
export function explain(errors: string, goProxy: string): string {
  const known = causes.find(({ pattern }) => pattern.test(errors));
  const sentence = known?.sentence(goProxy) ?? "Go's own words:";
  return `${sentence}\n${errors}`;
}

const causes: readonly {
  readonly pattern: RegExp;
  readonly sentence: (goProxy: string) => string;
}[] = [
  {
    pattern: /no space left on device|disk quota exceeded/i,
    sentence: () =>
      "The disk is full. A first build needs about 4 GB: 2 GB each for Go's module cache (GOMODCACHE) and build cache " +
      "(GOCACHE); both can be moved to another disk. The CLI itself has 120 MB.",
  },
  {
    pattern: /checksum mismatch|SECURITY ERROR/,
    sentence: () =>
      "A module is not the one that go.sum pins. Something between here and the module proxy changes it; do not go on.",
  },
  {
    pattern: /go\.mod requires go >=|toolchain not available|invalid go version/,
    sentence: () => "The Go on this machine is too old, and a newer one could not be fetched.",
  },
  {
    pattern:
      /dial tcp|no such host|connection refused|i\/o timeout|TLS handshake|GOPROXY=off|network is unreachable|40[34] |502 |503 /,
    sentence: (goProxy) =>
      `The Go module proxy does not give what is asked for (GOPROXY is "${goProxy}"). Set GOPROXY to one that this ` +
      "machine can reach.",
  },
  {
    pattern: /signal: killed|SIGKILL|cannot allocate memory/,
    sentence: () => "The machine has too little memory for the build; 2 GB free are enough.",
  },
];
