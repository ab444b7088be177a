import { z } from "zod";
import { instantSchema, jsonObjectSchema, processIdSchema } from "./ids.ts";

/** The states of a process (design §5). */
export const PROCESS_STATES = [
  "idle",
  "scheduled",
  "running",
  "cancel_requested",
  "cancelling",
  "done",
  "failed",
  "cancelled",
] as const;

/** A state of a process. */
export type ProcessState = (typeof PROCESS_STATES)[number];

/** The allowed moves; nothing else may change a state. */
export const PROCESS_ARROWS: Readonly<Record<ProcessState, readonly ProcessState[]>> = {
  idle: ["scheduled"],
  // failed: the start was refused before the body ran
  scheduled: ["running", "cancelled", "failed"],
  running: ["done", "failed", "cancel_requested", "cancelled"],
  // a body may end before it heard of the request
  cancel_requested: ["cancelling", "cancelled", "done", "failed"],
  cancelling: ["cancelled", "failed"],
  done: ["scheduled", "idle"],
  failed: ["scheduled", "idle"],
  cancelled: ["scheduled", "idle"],
};

/** States in which a run has an owner. */
export const ACTIVE_STATES = [
  "scheduled",
  "running",
  "cancel_requested",
  "cancelling",
] as const satisfies readonly ProcessState[];
/** States in which a run is over. */
export const END_STATES = ["done", "failed", "cancelled"] as const satisfies readonly ProcessState[];
/** States from which a launch may start. */
export const LAUNCHABLE_STATES = ["idle", "done", "failed", "cancelled"] as const satisfies readonly ProcessState[];
/** States in which a cancel is accepted. */
export const CANCELLABLE_STATES = ["scheduled", "running"] as const satisfies readonly ProcessState[];

/** True when the state is one of the list. */
export function stateIn(state: ProcessState, list: readonly ProcessState[]): boolean {
  return list.includes(state);
}

export const processStateSchema = z.enum(PROCESS_STATES);

/** Where a session stands for a person. */
export const SESSION_PHASES = ["starting", "idle", "busy", "waiting", "login", "hibernated", "ended"] as const;
/** A phase of a session. */
export type SessionPhase = (typeof SESSION_PHASES)[number];
export const sessionPhaseSchema = z.enum(SESSION_PHASES);

/** Why a launch is refused, in the order in which it is asked (each an error code). */
export const LAUNCH_REASONS = [
  "shutting-down",
  "not-found",
  "not-launchable",
  "no-resume-support",
  "launch-blocked",
] as const;
/** Why a cancel is refused. */
export const CANCEL_REASONS = ["not-found", "not-cancellable"] as const;
/** Why a dismissal is refused. */
export const DISMISS_REASONS = ["not-found", "not-dismissable"] as const;
/** Why a call about a group is refused. */
export const GROUP_REASONS = ["invalid-filter", "invalid-persist-without-block"] as const;

/** What happens with the fires of a schedule that nobody was there for: nothing, or one launch. */
export const MISFIRE_POLICIES = ["skip", "once"] as const;
export type MisfirePolicy = (typeof MISFIRE_POLICIES)[number];

/** When a task starts by itself. */
export const scheduleSpecSchema = z.object({
  cron: z.string().describe("five fields, or six with seconds first"),
  timeZone: z.string().describe("IANA name"),
  misfire: z.enum(MISFIRE_POLICIES),
});
export type ScheduleSpec = z.infer<typeof scheduleSpecSchema>;

export const progressSchema = z.object({
  percent: z.number().min(0).max(100).nullable().describe("null = indeterminate"),
  message: z.string().optional(),
});

export const errorRecordSchema = z.object({ code: z.string(), message: z.string() });

/** The session half of a summary: what a list row shows. */
export const sessionSummarySchema = z.object({
  agent: z.string(),
  phase: sessionPhaseSchema,
  live: z.boolean(),
  threadId: z.string().nullable(),
  activity: z.string().nullable().describe("what it does now, one line"),
  pendingDecisions: z.number().int(),
  queued: z.number().int(),
  model: z.string().nullable(),
  totalTokens: z.number().int().nullable(),
  diff: z.object({ files: z.number().int(), added: z.number().int(), removed: z.number().int() }).nullable(),
  scripted: z.boolean().describe("true when a scripted model answers instead of a real one"),
});

/** One process as lists and the feed show it. */
export const processSummarySchema = z.object({
  id: processIdSchema,
  name: z.string(),
  description: z.string().nullable(),
  metadata: jsonObjectSchema,
  kind: z.enum(["session", "task"]),
  parent: processIdSchema.nullable(),
  root: processIdSchema.describe("itself for a root"),
  depth: z.number().int().describe("0 for a root"),
  order: z.number().int().describe("place among its siblings"),
  adhoc: z.boolean().describe("made by a call, not by a definition"),
  ephemeral: z.boolean().describe("removed when its run ends"),
  special: z.boolean().describe("hidden from default views"),
  warning: z.string().nullable().describe("what a person confirms before a launch"),
  schedule: scheduleSpecSchema.extend({ nextFireAt: instantSchema.nullable() }).nullable(),
  autoResume: z.boolean(),
  ttlSeconds: z.number().nullable(),
  expiresAt: instantSchema.nullable().describe("when the record goes, with its children"),
  uiWidget: z.string().nullable(),
  widgetData: z.unknown().describe("any JSON that the task shows; null without"),
  logHead: z.number().int().describe("number of the newest log line"),
  state: processStateSchema,
  run: z.number().int().describe("0 = never launched"),
  progress: progressSchema.nullable(),
  error: errorRecordSchema.nullable(),
  cancellable: z.boolean(),
  supportsResume: z.boolean(),
  hasSavedState: z.boolean(),
  headSeq: z.number().int(),
  createdAt: instantSchema,
  startedAt: instantSchema.nullable(),
  endedAt: instantSchema.nullable(),
  session: sessionSummarySchema.nullable(),
});

export type Progress = z.infer<typeof progressSchema>;
export type SessionSummary = z.infer<typeof sessionSummarySchema>;
export type ProcessSummary = z.infer<typeof processSummarySchema>;

export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const logLineSchema = z.object({
  seq: z.number().int().describe("number of the line within its process, from 1"),
  at: instantSchema,
  run: z.number().int(),
  level: z.enum(LOG_LEVELS),
  message: z.string(),
  data: z.unknown().optional(),
});
export type LogLine = z.infer<typeof logLineSchema>;
