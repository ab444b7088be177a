import type { LogLevel, LogLine } from "@optio/contract";
import { LOG_LEVELS } from "@optio/contract";
import { toInstant } from "../kernel/clock.ts";
import { fromJson } from "./json.ts";
import type { LogsTable } from "./schema.ts";

/** A row of `logs` without its process. */
export type LogRow = Omit<LogsTable, "process_id">;

/** The row as a line of the log. */
export function toLogLine(row: LogRow): LogLine {
  return { seq: row.seq, at: toInstant(row.at), run: row.run, ...logFields(row) };
}

/** What was logged: level, text and data. */
export function logFields(
  row: Pick<LogRow, "level" | "message" | "data">,
): Pick<LogLine, "level" | "message" | "data"> {
  const line = { level: levelOf(row.level), message: row.message };
  return row.data === null ? line : { ...line, data: fromJson<unknown>(row.data) };
}

function levelOf(index: number): LogLevel {
  return LOG_LEVELS[index] ?? "error";
}
