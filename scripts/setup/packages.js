import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOutside, run } from "./run.js";

/**
 * Runs `npm ci` unless node_modules is exactly what package-lock.json asks for.
 * @param {string} root the checkout
 */
export function installPackages(root) {
  if (packagesAreCurrent(root)) return;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  run("installing packages (npm ci, about 900 MB, a minute or less)", "npm", args, {
    cwd: root,
    env: environmentOutside(root),
  });
}

/**
 * True when npm's own record of what it installed equals the lock file. npm writes that record last, so an
 * interrupted install is never taken for a finished one.
 * @param {string} root
 */
export function packagesAreCurrent(root) {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const wanted = lockedPackages(join(root, "package-lock.json"));
  const installed = lockedPackages(installedFile);
  const nothingForeign = Object.entries(installed).every(
    ([path, entry]) => identityOf(entry) === identityOf(wanted[path]),
  );
  const nothingMissing = Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional === true || path in installed,
  );
  return nothingForeign && nothingMissing;
}

/**
 * What makes a package the same one; npm adds more fields to its record than the lock file has.
 * @param {LockedPackage | undefined} entry
 */
function identityOf(entry) {
  return entry && JSON.stringify([entry.version, entry.resolved, entry.integrity, entry.link]);
}

/**
 * @typedef {{version?: string, resolved?: string, integrity?: string, link?: boolean, optional?: boolean}} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages ?? {};
}
