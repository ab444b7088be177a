import type { EventOf } from "@optio/contract";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { storableEvent, toLogRow } from "../events-insert.ts";
import { fromJson } from "../json.ts";
import type { LogsTable, Schema } from "../schema.ts";

const ROWS_PER_BATCH = 1_000;

interface Place {
  readonly processId: string;
  readonly seq: number;
}

/** Moves the text of logged events to `logs`, numbered from 1 in each process, and leaves a reference in `events`. */
export async function moveLogLines(db: Kysely<unknown>): Promise<void> {
  const tables = db.withTables<Pick<Schema, "events" | "logs">>();
  const heads = new Map<string, number>();
  for (let place: Place | undefined = { processId: "", seq: 0 }; place; ) {
    const events = await readLogged(tables, place);
    const lines = events.map((row) => {
      const line = (heads.get(row.process_id) ?? 0) + 1;
      heads.set(row.process_id, line);
      return toLine(row, line);
    });
    if (lines.length > 0) await tables.insertInto("logs").values(lines).execute();
    const last = events.at(-1);
    place =
      events.length === ROWS_PER_BATCH && last ? { processId: last.process_id, seq: Number(last.seq) } : undefined;
  }
  await leaveReferences(db);
  await sql`drop index events_log`.execute(db);
}

type LoggedRow = Pick<Schema["events"], "process_id" | "seq" | "at" | "run" | "event">;

function readLogged(db: Kysely<Pick<Schema, "events" | "logs">>, place: Place): Promise<LoggedRow[]> {
  return db
    .selectFrom("events")
    .select(["process_id", "seq", "at", "run", "event"])
    .where("type", "=", sql.lit("process.logged"))
    .where((eb) =>
      eb.or([
        eb("process_id", ">", place.processId),
        eb.and([eb("process_id", "=", place.processId), eb("seq", ">", place.seq)]),
      ]),
    )
    .orderBy("process_id")
    .orderBy("seq")
    .limit(ROWS_PER_BATCH)
    .execute();
}

function toLine(row: LoggedRow, line: number): LogsTable {
  const event = storableEvent(fromJson<EventOf<"process.logged">>(row.event));
  if (event.type !== "process.logged") throw new TypeError(`an event ${event.type} among the logged ones`);
  return toLogRow({ process_id: row.process_id, seq: line, at: row.at, run: row.run }, event);
}

async function leaveReferences(db: Kysely<unknown>): Promise<void> {
  await sql`
    update events set event = '{"type":"process.logged","line":' || numbered.line || '}'
    from (
      select process_id, seq, row_number() over (partition by process_id order by seq) as line
      from events where type = 'process.logged'
    ) as numbered
    where events.process_id = numbered.process_id and events.seq = numbered.seq`.execute(db);
  await sql`
    update processes set log_head =
      (select coalesce(max(logs.seq), 0) from logs where logs.process_id = processes.id)`.execute(db);
}
