import { containerRule, isRecord, recipe, type Policy } from "./policy.ts";

/** That logs do not fill the disk. */
export const logPolicies: readonly Policy[] = [
  containerRule({
    id: "log-driver",
    property: "logDriver",
    isAllowed: (value) => value === "json-file" || value === "local",
    allowed: '"json-file" or "local": the drivers that rotate, and that `docker logs` reads',
    wayOut: `Set it in ${recipe}.`,
  }),
  containerRule({
    id: "log-rotation",
    property: "logOpts",
    isAllowed: (value) =>
      isRecord(value) &&
      ["max-size", "max-file"].every((key) => /^[1-9]\d*[kmg]?$/.test(String(value[key]))),
    allowed: "`max-size` and `max-file`, both: with one of them the engine's default joins in",
    wayOut: `Set it in ${recipe}.`,
  }),
];
