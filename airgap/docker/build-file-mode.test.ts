import { expect, it } from "vitest";
import { fileModeText } from "./build-file-mode.ts";

it.each([
  [0, "----------"],
  [0o100644, "-rw-r--r--"],
  [0o100755, "-rwxr-xr-x"],
  [0o104755, "urwxr-xr-x"],
  [0o102755, "grwxr-xr-x"],
  [0o101777, "trwxrwxrwx"],
  [0o120777, "Lrwxrwxrwx"],
  [0o040755, "drwxr-xr-x"],
  [0o010600, "prw-------"],
  [0o020600, "Dcrw-------"],
  [0o140755, "-rwxr-xr-x"],
])("writes %o as %s, as Go does", (mode, text) => {
  expect(fileModeText(mode)).toBe(text);
});
