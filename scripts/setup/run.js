import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

/**
 * Runs a command with its output on this terminal, after a line that says what it does.
 * @param {string} what the progress line
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 * @throws {Error} naming the command and how it ended
 */
export function run(what, command, args, options = {}) {
  console.log(`setup: ${what}`);
  const startedAt = Date.now();
  const result = spawnSync(command, args, { ...options, stdio: ["ignore", "inherit", "inherit"] });
  const line = [command, ...args].join(" ");
  if (result.error) throw new Error(`cannot run "${line}": ${result.error.message}`);
  if (result.status !== 0) throw new Error(`"${line}" ended with ${result.signal ?? `exit code ${result.status}`}`);
  console.log(`setup: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/**
 * The environment without this checkout's `node_modules/.bin` on PATH: npm puts it first, and a step that replaces
 * node_modules must not run on the Node inside it.
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentOutside(root) {
  const inside = join(root, "node_modules");
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.startsWith(inside));
  return { ...process.env, PATH: path.join(delimiter) };
}
