import { constants } from "node:os";
import type { SessionWork } from "./session-work.ts";
import { dirsOf } from "./session-work.ts";

/** What a shell adds to the number of the signal that ended its program. */
const SIGNAL_EXIT_CODES = 128;

/** Why the agent's program is not there, in plain words. */
export async function describeEnd(work: SessionWork): Promise<string> {
  const { ctx, program, kind, driver } = work;
  if (!program) return `${kind.label} was not running`;
  const { control } = dirsOf(work.manifest);
  const state = await ctx.platform.host.processes.inspectDetached(control, program);
  if (state.state === "running") return `${kind.label} did not answer`;
  if (state.exitCode === null) return `${kind.label} was killed`;
  const signal = signalOf(state.exitCode);
  // what it said before has nothing to do with a signal from outside
  if (signal === "SIGKILL" || signal === "SIGTERM") return `${kind.label} was killed (${signal})`;
  const said = await ctx.platform.host.files.readTail(`${control}/err.log`, 16 * 1024);
  const { message } = driver.explainFailure(state.exitCode, said);
  return signal === undefined ? message : `${kind.label} died of ${signal}: ${message}`;
}

function signalOf(exitCode: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => exitCode === SIGNAL_EXIT_CODES + number)?.[0];
}
