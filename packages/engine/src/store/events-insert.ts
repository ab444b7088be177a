import type { Envelope, EventOf, LogLevel, OptioEvent } from "@optio/contract";
import { LOG_LEVELS } from "@optio/contract";
import type { CompiledQuery, Transaction } from "kysely";
import { toJson } from "./json.ts";
import type { LogsTable, Schema } from "./schema.ts";

/** Rows of one insert: databases limit the parameters of a statement. */
const ROWS_PER_INSERT = 1_000;

/** What a row of `events` holds instead of a log line: its number in `logs`. */
export interface LogReference {
  readonly type: "process.logged";
  readonly line: number;
}

/** Events of one process to store, in order. */
export interface NewEvents {
  readonly processId: string;
  readonly envelopes: readonly Envelope[];
  readonly atMs: number;
  /** Number of the newest log line so far. */
  readonly logHead: number;
}

/** The statements that store events; what was logged goes to `logs` with the next line numbers. */
export function eventInserts(
  transaction: Transaction<Schema>,
  events: NewEvents,
): {
  readonly statements: readonly CompiledQuery[];
  /** Number of the newest line then. */
  readonly logHead: number;
} {
  const lines: LogsTable[] = [];
  const rows = events.envelopes.map(({ seq, run, event }) => {
    const row = { process_id: events.processId, seq, at: events.atMs, run, type: event.type };
    if (event.type !== "process.logged") return { ...row, event: toJson(event) };
    const line = events.logHead + lines.length + 1;
    lines.push(toLogRow({ process_id: events.processId, seq: line, at: events.atMs, run }, event));
    return { ...row, event: toReference(line) };
  });
  const statements = [
    ...batches(rows).map((batch) => transaction.insertInto("events").values(batch).compile()),
    ...batches(lines).map((batch) => transaction.insertInto("logs").values(batch).compile()),
  ];
  return { statements, logHead: events.logHead + lines.length };
}

/** The event as databases can hold it: in the text of a log line NUL and lone surrogates become U+FFFD. */
export function storableEvent(event: OptioEvent): OptioEvent {
  if (event.type !== "process.logged") return event;
  return { ...event, message: event.message.toWellFormed().replaceAll("\0", "\uFFFD") };
}

/** A level as stored. */
export function levelIndex(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}

/** A row of `logs` for a logged event. */
export function toLogRow(
  place: Pick<LogsTable, "process_id" | "seq" | "at" | "run">,
  event: EventOf<"process.logged">,
): LogsTable {
  const data = event.data === undefined ? null : toJson(event.data);
  return { ...place, level: levelIndex(event.level), message: event.message, data };
}

function toReference(line: number): string {
  return toJson({ type: "process.logged", line } satisfies LogReference);
}

function* batches<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) yield rows.slice(from, from + ROWS_PER_INSERT);
}
