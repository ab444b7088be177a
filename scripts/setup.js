// Makes a checkout ready: packages, Node 24, system programs, the built dashboard.
// Plain JavaScript without dependencies, because it runs on Node 20 before anything is installed.
// Usage: node scripts/setup.js --ask (npm start) | --test (npm test)
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildDashboard } from "./setup/dashboard.js";
import { ensureNode } from "./setup/node-version.js";
import { installPackages } from "./setup/packages.js";
import { ensurePrograms } from "./setup/programs.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv.includes("--test") ? "test" : "start";

try {
  installPackages(root);
  const node = ensureNode(root);
  await ensurePrograms(purpose, { mayAsk: process.argv.includes("--ask") && process.stdin.isTTY === true });
  buildDashboard(root, node);
} catch (error) {
  console.error(`setup: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
