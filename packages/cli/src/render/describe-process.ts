import type { ProcessSummary } from "@optio/contract";
import { END_STATES, stateIn } from "@optio/contract";
import { formatAge, formatUntil } from "./format.ts";
import { firstLine } from "./style.ts";

/** A process after a command, in one line: `nightly: failed (run 3): no space left (task-failed)`. */
export function processLine({ id, state, run, error }: ProcessSummary): string {
  const why = error && state === "failed" ? `: ${firstLine(error.message, 400)} (${error.code})` : "";
  return `${id}: ${state}${run === 0 ? "" : ` (run ${run})`}${why}`;
}

/** `40 % fetching`; the parts that are there, empty without progress. */
export function progressText({ progress }: Pick<ProcessSummary, "progress">): string {
  if (!progress) return "";
  const percent = progress.percent === null ? "" : `${Math.round(progress.percent)} %`;
  return [percent, progress.message ?? ""].filter((part) => part !== "").join(" ");
}

/** Headings of the cells that `processRow` makes. */
export const PROCESS_HEADINGS = ["ID", "STATE", "AGE", "MODEL", "NAME", "NOW"];

/** The cells of a process in a list; `id` as the list draws it. */
export function processRow(process: ProcessSummary, now: number, id = process.id): string[] {
  const { session, state } = process;
  const isRunning = state === "running";
  const name = session?.scripted ? `${process.name} [scripted]` : process.name;
  return [
    id,
    isRunning && session ? session.phase : state,
    process.run === 0 ? "-" : formatAge(process.startedAt ?? process.createdAt, now),
    session?.model ?? "-",
    firstLine(name, 40),
    firstLine(nowOf(process, now), 100),
  ];
}

/** What a person wants to know first: who waits, what it does or why it failed, when it starts again. */
function nowOf(process: ProcessSummary, now: number): string {
  const { session, error, state, schedule } = process;
  const waits = session && session.pendingDecisions > 0 ? `needs you (${session.pendingDecisions})` : "";
  // how far a run came is of no interest once it is over
  const progress = stateIn(state, END_STATES) ? process.progress?.message : progressText(process);
  const doing = session?.activity ?? progress ?? "";
  const detail = error && state !== "running" ? firstLine(error.message, 60) : firstLine(doing, 60);
  const next = schedule?.nextFireAt ? `next ${formatUntil(schedule.nextFireAt, now)}` : "";
  const separator = detail !== "" && next !== "" ? " · " : "";
  return [waits, `${detail}${separator}${next}`].filter((part) => part !== "").join(" ");
}
