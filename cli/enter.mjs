#!/usr/bin/env node
// The way in: `node cli/enter.mjs <command> [arguments]`, which is what every npm script calls.
//
// It runs on any Node from 18 on and needs no package, since on a fresh clone there is none. It installs the packages
// that package-lock.json asks for, finds a Node 24, and hands over to cli/main.ts. Notices go to standard error, so that
// `eval "$(npm run -s env)"` reads nothing but the environment.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePackages } from "./enter/packages.mjs";
import { findNode } from "./enter/node-binary.mjs";
import { ExitError, notice } from "./enter/notice.mjs";
import { runMain } from "./enter/run-main.mjs";

const oldestNode = 18;

async function enter() {
  const [major] = process.versions.node.split(".");
  if (Number(major) < oldestNode) {
    throw new ExitError(
      `Node ${process.versions.node} is too old to start: install Node ${oldestNode} or later.`,
      2,
    );
  }
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  await ensurePackages(root);
  return await runMain(root, findNode(root), process.argv.slice(2));
}

try {
  process.exitCode = await enter();
} catch (error) {
  if (!(error instanceof ExitError)) throw error;
  notice(error.message);
  process.exitCode = error.exitCode;
}
