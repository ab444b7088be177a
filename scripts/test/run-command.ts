import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { root } from "../root.ts";
import type { SuiteCommand } from "./suites.ts";

const groups = new Set<number>();

/**
 * Runs a command in the checkout, in a process group of its own, with its output on this terminal.
 * @returns the exit code; null when a signal ended it, also when `timeoutMs` has passed
 */
export async function runCommand(
  { command, args }: SuiteCommand,
  timeoutMs: number,
  env: NodeJS.ProcessEnv,
): Promise<number | null> {
  const path = [join(root, "node_modules", ".bin"), env.PATH].join(delimiter);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...env, PATH: path },
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    await once(child, "error").then(([error]) => Promise.reject(error));
    return null;
  }
  groups.add(pid);
  const timer = setTimeout(() => {
    console.error(`"${command}" did not end within ${timeoutMs / 1_000} s`);
    killGroup(pid);
  }, timeoutMs);
  try {
    const [exitCode] = await once(child, "exit");
    return typeof exitCode === "number" ? exitCode : null;
  } finally {
    clearTimeout(timer);
  }
}

/** Kills the process groups of all commands so far: the one that runs now, and what ended ones left behind. */
export function killGroups(): void {
  for (const pid of groups) killGroup(pid);
  groups.clear();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}
