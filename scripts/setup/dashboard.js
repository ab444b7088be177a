import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { run } from "./run.js";

/** What the built dashboard is made of, relative to the checkout. */
const INPUTS = ["packages/dashboard", "packages/contract/src", "package-lock.json"];
const NOT_INPUT = /^(dist|node_modules|\..*)$|\.test\.tsx?$/;

/**
 * Builds the dashboard into packages/dashboard/dist when its sources differ from the last build.
 * @param {string} root the checkout
 * @param {string} node the Node command that runs Vite
 * @throws {Error} when the build fails
 */
export function buildDashboard(root, node) {
  const dashboard = join(root, "packages", "dashboard");
  const stamp = join(root, "node_modules", ".cache", "optio", "dashboard.sha256");
  const wanted = hashInputs(root, INPUTS);
  const isBuilt = existsSync(join(dashboard, "dist", "index.html")) && existsSync(stamp);
  if (isBuilt && readFileSync(stamp, "utf8") === wanted) return;
  run("building the dashboard (vite build)", node, [join(root, "node_modules/vite/bin/vite.js"), "build"], {
    cwd: dashboard,
    env: { ...process.env, NODE_ENV: "production" },
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/**
 * A hash over names and contents of all files below the inputs, tests and build output left out.
 * @param {string} root
 * @param {readonly string[]} inputs
 */
export function hashInputs(root, inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const file of filesBelow(join(root, input))) {
      hash.update(`${relative(root, file)}\0`).update(createHash("sha256").update(readFileSync(file)).digest());
    }
  }
  return hash.digest("hex");
}

/**
 * @param {string} path a file or a directory; nothing when absent
 * @returns {string[]} sorted
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  /** @type {import("node:fs").Dirent[]} */
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return [path];
  }
  return entries
    .filter((entry) => !NOT_INPUT.test(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();
}
