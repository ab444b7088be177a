import type { RunStart } from "./live-run.ts";
import { LiveRun } from "./live-run.ts";
import { loseRun } from "./lost-runs.ts";
import type { ProcessParts } from "./process-options.ts";
import { runProcess } from "./run-process.ts";

/** Starts the work of a claimed run here. */
export function startRun(parts: ProcessParts, start: RunStart): LiveRun {
  const { dispatcher, results } = parts.options;
  // a claim was won although a body of an earlier run is still at work here: another owner took that run and ended it
  const earlier = parts.runs.find(start.record.id);
  if (earlier && !earlier.isClosing) loseRun(parts, earlier);
  const run = new LiveRun(start);
  parts.runs.add(run);
  results.begin(run.key);
  dispatcher.start(run.key, (signals) => runProcess(parts, run, signals));
  return run;
}
