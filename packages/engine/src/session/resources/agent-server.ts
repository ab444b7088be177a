import type { SessionWork } from "../session-work.ts";
import { changeManifest, dirsOf } from "../session-work.ts";
import type { SessionResource } from "./resource.ts";

/** Row 11: the agent's server, detached, one life of its program at a time. */
export const agentServer: SessionResource = {
  name: "agentServer",
  acquire: startProgram,
  async adopt(work) {
    work.program = work.manifest.program ?? undefined;
  },
  async release(work, signal) {
    await stopProgram(work, { graceful: true, signal });
  },
  releaseTimeoutMs: 60_000,
};

/** Starts the program of the present life, which the manifest names already (`beginLife`). */
export async function startProgram(work: SessionWork, signal: AbortSignal): Promise<void> {
  const { ctx, driver, timings } = work;
  const { control, taskDir } = dirsOf(work.manifest);
  const { files, processes } = ctx.platform.host;
  const [spec] = await Promise.all([
    driver.serverCommand(signal),
    files.makeDirectory(`${taskDir}/control`).then(() => files.makeDirectory(control)),
    driver.clearSocket(),
  ]);
  const program = await processes.spawnDetached({
    ...spec,
    controlDir: control,
    orphanAfterMs: work.config.orphanAfterMs,
    watchdogIntervalMs: timings.watchdogIntervalMs,
    signal,
  });
  work.program = program;
  await changeManifest(work, { program });
}

/** Ends the program and everything that names the task directory; nothing is left when it resolves. */
export async function stopProgram(
  work: SessionWork,
  options: { graceful: boolean; signal: AbortSignal },
): Promise<void> {
  const { ctx, timings, program } = work;
  const { taskDir } = work.manifest.dirs;
  const { processes } = ctx.platform.host;
  if (program) {
    const { termGraceMs, killGraceMs } = timings;
    await processes.stopDetached(program, {
      markerDir: taskDir,
      graceful: options.graceful,
      termGraceMs,
      killGraceMs,
      signal: options.signal,
    });
  } else {
    // a program may have been started whose start nobody lived to record
    await processes.killMarked(taskDir, options.signal);
  }
  work.program = undefined;
}
