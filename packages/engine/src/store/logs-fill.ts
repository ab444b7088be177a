import type { EventOf } from "@optio/contract";
import type { Database } from "./database.ts";
import { logFields } from "./logs-rows.ts";

/** What an event shows whose line is gone. */
const DROPPED: EventOf<"process.logged"> = {
  type: "process.logged",
  level: "debug",
  message: "(dropped by the log's retention)",
};

/** Reads the lines that a page of events refers to, in one query (none without lines), and answers how to look one up. */
export async function readLoggedEvents(
  database: Database,
  processId: string,
  lines: readonly number[],
): Promise<(line: number) => EventOf<"process.logged">> {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return () => DROPPED;
  const rows = await database.read((queries) =>
    queries
      .selectFrom("logs")
      .select(["seq", "level", "message", "data"])
      .where("process_id", "=", processId)
      // lines are numbered in the order of their events: those between belong to the same page
      .where("seq", ">=", first)
      .where("seq", "<=", last)
      .execute(),
  );
  const events = new Map(
    rows.map((row) => [row.seq, { type: "process.logged", ...logFields(row) } satisfies EventOf<"process.logged">]),
  );
  return (line) => events.get(line) ?? DROPPED;
}
