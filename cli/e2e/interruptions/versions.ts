import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Stage } from "./stage.ts";

const plugin = z.object({ version: z.string(), kind: z.string() });

const facts = z.object({
  engine: z.object({ version: z.string() }),
  toolchain: z.object({
    cli: plugin,
    languageHost: plugin,
    plugins: z.record(z.string(), plugin),
  }),
});

/** What a stage runs with, as its set-up has found it. */
export function versionsOf({ home }: Stage): Record<string, string> {
  const { engine, toolchain } = facts.parse(
    JSON.parse(readFileSync(join(home, "machine.json"), "utf8")),
  );
  const say = ({ version, kind }: z.infer<typeof plugin>): string => `${version} (${kind})`;
  return {
    node: process.versions.node,
    engine: engine.version,
    pulumi: say(toolchain.cli),
    languageHost: say(toolchain.languageHost),
    ...Object.fromEntries(
      Object.entries(toolchain.plugins).map(([name, value]) => [name, say(value)]),
    ),
  };
}
