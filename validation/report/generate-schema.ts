import { writeFileSync } from "node:fs";
import { z } from "zod";
import { reportSchema } from "./schema.ts";

/** `tsx validation/report/generate-schema.ts` writes the JSON Schema anew, after a change of the report. */
const target = new URL("report.schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(z.toJSONSchema(reportSchema), null, 2)}\n`);
