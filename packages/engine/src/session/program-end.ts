import type { SessionWork } from "./session-work.ts";
import { dirsOf } from "./session-work.ts";

/** Why the agent's program is not there, in plain words. */
export async function describeEnd(work: SessionWork): Promise<string> {
  const { ctx, program, kind, driver } = work;
  if (!program) return `${kind.label} was not running`;
  const { control } = dirsOf(work.manifest);
  const state = await ctx.services.host.processes.inspectDetached(control, program);
  if (state.state === "running") return `${kind.label} did not answer`;
  if (state.exitCode === null) return `${kind.label} was killed`;
  const said = await ctx.services.host.files.readTail(`${control}/err.log`, 16 * 1024);
  return driver.explainFailure(state.exitCode, said).message;
}
