import type { Envelope, EventOf, LogLine, OptioEvent } from "@optio/contract";
import { sql } from "kysely";
import { toInstant } from "../kernel/clock.ts";
import type { Database } from "./database.ts";
import { fromJson } from "./json.ts";
import type { EventsTable } from "./schema.ts";
import type { EventStore } from "./store.ts";
import { selectOpenItems } from "./turns-items.ts";

type EventRow = Pick<EventsTable, "seq" | "at" | "run" | "event">;

/** Reads of the durable events. */
export function createEventStore(database: Database): EventStore {
  return {
    list: (processId, query) => listEvents(database, processId, query),
    log: (processId, query) => listLog(database, processId, query),
    openItems: (processId, threadId) => database.read((queries) => selectOpenItems(queries, processId, threadId)),
  };
}

async function listEvents(
  database: Database,
  processId: string,
  query: Parameters<EventStore["list"]>[1],
): Promise<Envelope[]> {
  const { after, before } = query;
  const backwards = before !== undefined;
  const rows = await database.read((queries) => {
    let select = queries
      .selectFrom("events")
      .select(["seq", "at", "run", "event"])
      .where("process_id", "=", processId)
      .orderBy("seq", backwards ? "desc" : "asc")
      .limit(query.limit);
    if (after !== undefined) select = select.where("seq", ">", after);
    if (before !== undefined) select = select.where("seq", "<", before);
    return select.execute();
  });
  if (backwards) rows.reverse();
  return rows.map(toEnvelope);
}

async function listLog(
  database: Database,
  processId: string,
  query: Parameters<EventStore["log"]>[1],
): Promise<LogLine[]> {
  const rows = await database.read((queries) =>
    queries
      .selectFrom("events")
      .select(["seq", "at", "run", "event"])
      .where("process_id", "=", processId)
      .where("seq", ">", query.after ?? 0)
      // a literal, not a parameter: only so does a database see that the partial index fits
      .where("type", "=", sql.lit("process.logged"))
      .orderBy("seq")
      .limit(query.limit)
      .execute(),
  );
  return rows.map(toLogLine);
}

function toEnvelope(row: EventRow): Envelope {
  return { seq: row.seq, at: toInstant(row.at), run: row.run, event: fromJson<OptioEvent>(row.event) };
}

function toLogLine(row: EventRow): LogLine {
  const { type: _type, ...line } = fromJson<EventOf<"process.logged">>(row.event);
  return { seq: row.seq, at: toInstant(row.at), run: row.run, ...line };
}
