import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { homeFolder, machineFactsFile } from "../catalog/home.ts";
import {
  defaultMachineFacts,
  parseMachineFacts,
  type MachineFacts,
} from "../topology/machine-facts.ts";

/** What `npm run setup` found out about this machine; without its file, a machine that can have everything official. */
export function readMachineFacts(): MachineFacts {
  const path = join(homeFolder(process.env, homedir()), machineFactsFile);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return defaultMachineFacts();
    throw error;
  }
  return parseMachineFacts(JSON.parse(text));
}
