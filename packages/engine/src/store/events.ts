import type { Envelope, OptioEvent } from "@optio/contract";
import { toInstant } from "../kernel/clock.ts";
import type { Database } from "./database.ts";
import type { LogReference } from "./events-insert.ts";
import { fromJson, toJson } from "./json.ts";
import { readLoggedEvents } from "./logs-fill.ts";
import type { EventsTable } from "./schema.ts";
import type { EventStore, EventText } from "./store.ts";
import { selectOpenItems } from "./turns-items.ts";

type EventRow = Pick<EventsTable, "seq" | "at" | "run" | "type" | "event">;
/** The type of events whose row holds only where the text is. */
const LOGGED = "process.logged" satisfies OptioEvent["type"];

/** Reads of the durable events. */
export function createEventStore(database: Database): EventStore {
  return {
    list: async (processId, query) =>
      (await listTexts(database, processId, query)).map(({ json }) => fromJson<Envelope>(json)),
    listTexts: (processId, query) => listTexts(database, processId, query),
    openItems: (processId, threadId) => database.read((queries) => selectOpenItems(queries, processId, threadId)),
  };
}

/** Events as text: what is only sent on is neither parsed nor made again. */
async function listTexts(
  database: Database,
  processId: string,
  query: Parameters<EventStore["list"]>[1],
): Promise<EventText[]> {
  const rows = await selectEvents(database, processId, query);
  const lines = rows.flatMap((row) => (row.type === LOGGED ? [fromJson<LogReference>(row.event).line] : []));
  const logged = await readLoggedEvents(database, processId, lines);
  return rows.map(({ seq, at, run, type, event }) => {
    const text = type === LOGGED ? toJson(logged(fromJson<LogReference>(event).line)) : event;
    return { seq, json: `{"seq":${seq},"at":"${toInstant(at)}","run":${run},"event":${text}}` };
  });
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
      .select(["seq", "at", "run", "type", "event"])
      .where("process_id", "=", processId)
      .orderBy("seq", backwards ? "desc" : "asc")
      .limit(query.limit);
    if (after !== undefined) select = select.where("seq", ">", after);
    if (before !== undefined) select = select.where("seq", "<", before);
    return select.execute();
  });
  return backwards ? rows.reverse() : rows;
}
