import type { Envelope, EventOf, OptioEvent } from "@optio/contract";
import { toInstant } from "../kernel/clock.ts";
import type { Database } from "./database.ts";
import type { LogReference } from "./events-insert.ts";
import { fromJson } from "./json.ts";
import { readLoggedEvents } from "./logs-fill.ts";
import type { EventsTable } from "./schema.ts";
import type { EventStore } from "./store.ts";
import { selectOpenItems } from "./turns-items.ts";

type EventRow = Pick<EventsTable, "seq" | "at" | "run" | "event">;
/** An event as stored: the text of a log line is elsewhere. */
type StoredEvent = Exclude<OptioEvent, EventOf<"process.logged">> | LogReference;

/** Reads of the durable events. */
export function createEventStore(database: Database): EventStore {
  return {
    list: (processId, query) => listEvents(database, processId, query),
    openItems: (processId, threadId) => database.read((queries) => selectOpenItems(queries, processId, threadId)),
  };
}

async function listEvents(
  database: Database,
  processId: string,
  query: Parameters<EventStore["list"]>[1],
): Promise<Envelope[]> {
  const rows = await selectEvents(database, processId, query);
  const stored = rows.map((row) => ({ row, event: fromJson<StoredEvent>(row.event) }));
  const lines = stored.flatMap(({ event }) => (event.type === "process.logged" ? [event.line] : []));
  const logged = await readLoggedEvents(database, processId, lines);
  return stored.map(({ row: { seq, at, run }, event }) => ({
    seq,
    at: toInstant(at),
    run,
    event: event.type === "process.logged" ? logged(event.line) : event,
  }));
}

async function selectEvents(
  database: Database,
  processId: string,
  query: Parameters<EventStore["list"]>[1],
): Promise<EventRow[]> {
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
  return backwards ? rows.reverse() : rows;
}
