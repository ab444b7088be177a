import type { RunServices } from "../process/task.ts";
import type { ProcessRecord } from "../store/store.ts";
import { readManifest } from "./manifest.ts";
import type { SessionTimings } from "./session-work.ts";

/** Ends what is left of a session's run that nobody can take over: its program, and whatever names its directories. */
export async function stopOrphan(
  { store, host, tasksRoot }: Pick<RunServices, "store" | "host" | "tasksRoot">,
  { termGraceMs, killGraceMs }: Pick<SessionTimings, "termGraceMs" | "killGraceMs">,
  { id, run }: ProcessRecord,
): Promise<void> {
  // a manifest that cannot be read names no program; the directory does
  const manifest = await readManifest(store, id, run).catch(() => undefined);
  if (manifest?.program) {
    const options = { markerDir: manifest.dirs.taskDir, graceful: true, termGraceMs, killGraceMs };
    await host.processes.stopDetached(manifest.program, options);
  } else await host.processes.killMarked(manifest?.dirs.taskDir ?? `${tasksRoot}/${id}`);
}
