const TYPES: ReadonlyMap<number, string> = new Map([
  [0o040000, "d"],
  [0o120000, "L"],
  [0o060000, "D"],
  [0o010000, "p"],
  [0o020000, "Dc"],
]);

/**
 * Writes a Unix mode as Go's `fs.FileMode` does (`-rw-r--r--`, `Lrwxrwxrwx`, `ugtrwxr-xr-x`), the
 * form in which modes go into the context digest. A socket counts as a regular file there.
 */
export function fileModeText(mode: number): string {
  const type = TYPES.get(mode & 0o170000) ?? "";
  const special = [
    [0o4000, "u"],
    [0o2000, "g"],
    [0o1000, "t"],
  ] as const;
  // Go lists the device letters before and the character-device letter after setuid and setgid.
  const [kind = "", character = ""] = type;
  const bits = special.map(([bit, letter]) => (mode & bit ? letter : ""));
  const prefix = kind + (bits[0] ?? "") + (bits[1] ?? "") + character + (bits[2] ?? "");
  const permissions = Array.from("rwxrwxrwx")
    .map((letter, index) => (mode & (1 << (8 - index)) ? letter : "-"))
    .join("");
  return (prefix === "" ? "-" : prefix) + permissions;
}
