import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { run } from "./run.js";

/**
 * @typedef {"start" | "test"} Purpose
 * @typedef {{name: string, command: string, aptPackage: string, neededFor: string, required: readonly Purpose[], used: readonly Purpose[]}} Program
 */

/**
 * The system programs, in the order in which they are reported. `required`: the purpose cannot be met without it;
 * `used`: it is worth installing, and what works without it still works.
 * @type {readonly Program[]}
 */
export const PROGRAMS = [
  {
    name: "git",
    command: "git",
    aptPackage: "git",
    neededFor: "repositories that an agent works in",
    required: ["test"],
    used: ["start", "test"],
  },
  {
    name: "Chromium",
    command: "chromium",
    aptPackage: "chromium",
    neededFor: "the end-to-end tests of the dashboard",
    required: ["test"],
    used: ["test"],
  },
];

/**
 * Installs or names the system programs that the purpose uses and this machine lacks.
 * For tests they are installed without a question; for a start only after a yes on a terminal.
 * @param {Purpose} purpose
 * @param {{mayAsk: boolean}} options
 * @throws {Error} naming the exact command, when a required program is still missing
 */
export async function ensurePrograms(purpose, { mayAsk }) {
  const missing = missingPrograms(purpose);
  if (missing.length === 0) return;
  for (const program of missing)
    console.log(`setup: ${program.name} is not installed; needed for ${program.neededFor}`);
  const wanted = canInstall() && (purpose === "test" || (mayAsk && (await agrees(missing))));
  if (wanted) installFromDebian(missing);
  else console.log(`setup: to install: ${installCommand(missing)}`);
  const stillMissing = missingPrograms(purpose).filter((program) => program.required.includes(purpose));
  if (stillMissing.length === 0) return;
  const names = stillMissing.map((program) => program.name).join(", ");
  throw new Error(`${names} missing. Install with: ${installCommand(stillMissing)}`);
}

/**
 * @param {Purpose} purpose
 * @param {(command: string) => boolean} [isInstalled]
 */
export function missingPrograms(purpose, isInstalled = isOnPath) {
  return PROGRAMS.filter((program) => program.used.includes(purpose) && !isInstalled(program.command));
}

/**
 * The command line that installs the programs on Debian and its relatives.
 * @param {readonly Program[]} programs
 */
export function installCommand(programs) {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  return `${sudo}apt-get install -y --no-install-recommends ${programs.map((program) => program.aptPackage).join(" ")}`;
}

/** @param {readonly Program[]} missing */
async function agrees(missing) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(
      `setup: install ${missing.map((program) => program.name).join(", ")} now? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** @param {readonly Program[]} programs */
function installFromDebian(programs) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const packages = programs.map((program) => program.aptPackage);
  try {
    run("updating the package lists (apt-get update)", "apt-get", ["update", "-qq"], { env });
    const args = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
    run(`installing ${packages.join(", ")} (apt-get install)`, "apt-get", args, { env });
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function canInstall() {
  return process.getuid?.() === 0 && isOnPath("apt-get");
}

/** @param {string} command */
function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => isExecutable(join(directory, command)));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
