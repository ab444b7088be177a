import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DetachedProcess, DetachedState } from "../host.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { localFiles } from "./local-files.ts";
import { isAlive } from "./process-table.ts";

/** After a KILL of the group no exit file comes, so the process table is looked at too. */
const LIVENESS_LOOK_MS = 500;
const LAUNCHER_LAST_WORD_MS = 1_000;

/** What is known of the program. A living program is running whatever its exit file says: a session could write that itself. */
export async function inspectDetached(controlDir: string, process: DetachedProcess): Promise<DetachedState> {
  if (isAlive(process.program)) return { state: "running" };
  await waitForLauncher(process);
  return { state: "exited", exitCode: await readExitCode(controlDir) };
}

/** Resolves when the program is gone. Rejects with the abort reason. */
export async function waitForExit(
  controlDir: string,
  process: DetachedProcess,
  signal: AbortSignal,
): Promise<{ exitCode: number | null }> {
  using watch = new DirectoryWatch(controlDir, "exit");
  for (;;) {
    const found = await inspectDetached(controlDir, process);
    signal.throwIfAborted();
    if (found.state === "exited") return { exitCode: found.exitCode };
    await watch.changed(LIVENESS_LOOK_MS, signal);
  }
}

/** The program is gone: gives its launcher the moment it needs to write the exit file. */
async function waitForLauncher({ group }: DetachedProcess): Promise<void> {
  const deadline = performance.now() + LAUNCHER_LAST_WORD_MS;
  while (isAlive(group) && performance.now() < deadline) await delay(5);
}

async function readExitCode(controlDir: string): Promise<number | null> {
  const text = (await localFiles.readText(join(controlDir, "exit"), { maxBytes: 16 }).catch(() => undefined)) ?? "";
  return /^\d{1,3}\n$/.test(text) ? Number(text) : null;
}
