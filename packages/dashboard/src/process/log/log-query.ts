import type { LogLevel } from "@optio/contract";
import { LOG_LEVELS } from "@optio/contract";
import type { LogQuery } from "../../api/calls.ts";

/** What a person chose to see of a log. */
export interface LogChoice {
  /** Empty: every level. */
  readonly level: LogLevel | "";
  /** Empty: every run. */
  readonly run: string;
  readonly text: string;
}

export const WHOLE_LOG: LogChoice = { level: "", run: "", text: "" };

/** Levels as they are chosen from, with what they show. */
export const LEVEL_CHOICES = [
  { value: "", label: "All levels" },
  { value: "info", label: "Info and up" },
  { value: "warning", label: "Warnings and errors" },
  { value: "error", label: "Errors" },
] as const satisfies readonly { value: LogChoice["level"]; label: string }[];

const MAX_RUNS = 50;
const MAX_TEXT_CHARS = 200;

/** The newest runs, newest first, as they are chosen from. */
export function runChoices(run: number): { value: string; label: string }[] {
  const count = Math.min(run, MAX_RUNS);
  const runs = Array.from({ length: count }, (_, index) => run - index);
  return [
    { value: "", label: "All runs" },
    ...runs.map((one) => ({ value: String(one), label: one === run ? `Run ${one}, the newest` : `Run ${one}` })),
  ];
}

/** The query of a choice; the debug level and an empty text ask for nothing. */
export function toLogQuery({ level, run, text }: LogChoice): LogQuery {
  const q = text.trim().slice(0, MAX_TEXT_CHARS);
  const asked = LOG_LEVELS.find((one) => one === level && one !== "debug");
  return {
    ...(asked === undefined ? {} : { level: asked }),
    ...(run === "" ? {} : { run: Number(run) }),
    ...(q === "" ? {} : { q }),
  };
}

/** The pieces of a message around what was searched for: every second one is a hit. */
export function splitAtHits(message: string, text: string): string[] {
  const wanted = text.trim().toLowerCase();
  // some letters change their length in lower case: their places would not fit
  const hay = message.toLowerCase();
  if (wanted === "" || hay.length !== message.length) return [message];
  const pieces: string[] = [];
  let from = 0;
  for (let at = hay.indexOf(wanted); at !== -1; at = hay.indexOf(wanted, from)) {
    pieces.push(message.slice(from, at), message.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...pieces, message.slice(from)];
}
