import type { RunStart } from "./live-run.ts";
import { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { runProcess } from "./run-process.ts";

/** Starts the work of a claimed run here. */
export function startRun(parts: ProcessParts, start: RunStart): LiveRun {
  const { dispatcher, results } = parts.options;
  const run = new LiveRun(start);
  parts.runs.add(run);
  results.begin(run.key);
  dispatcher.start(run.key, (signals) => runProcess(parts, run, signals));
  return run;
}
