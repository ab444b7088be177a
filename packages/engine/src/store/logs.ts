import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogLevel } from "@optio/contract";
import { LOG_LEVELS } from "@optio/contract";
import type { Database, Queries } from "./database.ts";
import { levelIndex } from "./events-insert.ts";
import type { LogRow } from "./logs-rows.ts";
import { toLogLine } from "./logs-rows.ts";
import type { LogPage, LogStore } from "./store.ts";

/** Rows that a search looks at in one statement, between which others get their turn. */
const ROWS_PER_LOOK = 500;
/** Rows that a search looks at in one call. */
const ROWS_PER_SEARCH = 10_000;

type LogQuery = Parameters<LogStore["list"]>[1];

/** Where in the log to look: lines after and before a number, in one direction, of one level each (undefined: of all). */
interface Range {
  readonly processId: string;
  readonly after: number;
  readonly before: number;
  readonly backwards: boolean;
  readonly levels: readonly (number | undefined)[];
}

/** Reads of the log lines. */
export function createLogStore(database: Database): LogStore {
  return { list: (processId, query) => listLines(database, processId, query) };
}

async function listLines(database: Database, processId: string, query: LogQuery): Promise<LogPage> {
  const range = await toRange(database, processId, query);
  const page = await (query.q ? search(database, range, query.limit, query.q) : readPage(database, range, query.limit));
  const items = page.rows.map(toLogLine);
  return { items: range.backwards ? items.reverse() : items, reached: page.reached, more: page.more };
}

interface Rows {
  /** In the order of looking. */
  readonly rows: readonly LogRow[];
  readonly reached: number;
  readonly more: boolean;
}

async function readPage(database: Database, range: Range, limit: number): Promise<Rows> {
  const rows = await selectLines(database, range, limit + 1);
  const shown = rows.slice(0, limit);
  return { rows: shown, reached: shown.at(-1)?.seq ?? start(range), more: rows.length > limit };
}

/** Looks at a bounded number of lines for the text; the page says how far it came. */
async function search(database: Database, range: Range, limit: number, q: string): Promise<Rows> {
  const wanted = q.toLowerCase();
  const found: LogRow[] = [];
  let rest = range;
  for (let looked = 0; looked < ROWS_PER_SEARCH; looked += ROWS_PER_LOOK) {
    if (looked > 0) await nextTurn();
    const rows = await selectLines(database, rest, ROWS_PER_LOOK);
    for (const row of rows) {
      if (!row.message.toLowerCase().includes(wanted)) continue;
      // one more than the page holds: only so is it known that there is more
      if (found.length === limit) return { rows: found, reached: found.at(-1)?.seq ?? start(range), more: true };
      found.push(row);
    }
    rest = behind(rest, rows.at(-1)?.seq);
    if (rows.length < ROWS_PER_LOOK) return { rows: found, reached: start(rest), more: false };
  }
  return { rows: found, reached: start(rest), more: true };
}

/**
 * The first lines of the range in its direction: one index walk per level, so that no other line is looked at, in one statement,
 * because a line that is written between two could be passed over.
 */
async function selectLines(database: Database, range: Range, limit: number): Promise<LogRow[]> {
  const rows = await database.read((queries) => {
    const [first, ...others] = range.levels.map((level) => linesOfLevel(queries, range, level));
    const walks = others.reduce((all, walk) => all?.unionAll(walk), first);
    return (
      walks
        ?.orderBy("seq", range.backwards ? "desc" : "asc")
        .limit(limit)
        .execute() ?? Promise.resolve([])
    );
  });
  // not a condition of the statement: with both ends given SQLite walks all levels
  return rows.filter(({ seq }) => (range.backwards ? seq > range.after : seq < range.before));
}

function linesOfLevel(queries: Queries, range: Range, level: number | undefined) {
  const lines = queries
    .selectFrom("logs")
    .select(["seq", "at", "run", "level", "message", "data"])
    .where("process_id", "=", range.processId)
    .where("seq", range.backwards ? "<" : ">", start(range));
  return level === undefined ? lines : lines.where("level", "=", level);
}

async function toRange(database: Database, processId: string, query: LogQuery): Promise<Range> {
  const range: Range = {
    processId,
    after: query.after ?? 0,
    before: query.before ?? Number.MAX_SAFE_INTEGER,
    backwards: query.before !== undefined,
    levels: levelsFrom(query.level),
  };
  if (query.run === undefined) return range;
  const lines = await boundsOfRun(database, processId, query.run);
  return { ...range, after: Math.max(range.after, lines.first - 1), before: Math.min(range.before, lines.last + 1) };
}

/** The lines of a run are neighbours, because runs follow each other; a run without lines has an empty range. */
async function boundsOfRun(
  database: Database,
  processId: string,
  run: number,
): Promise<{ first: number; last: number }> {
  const edge = (direction: "asc" | "desc") =>
    database.read((queries) =>
      queries
        .selectFrom("logs")
        .select("seq")
        .where("process_id", "=", processId)
        .where("run", "=", run)
        .orderBy("seq", direction)
        .limit(1)
        .executeTakeFirst(),
    );
  const [first, last] = await Promise.all([edge("asc"), edge("desc")]);
  return first && last ? { first: first.seq, last: last.seq } : { first: 1, last: 0 };
}

function levelsFrom(level: LogLevel | undefined): (number | undefined)[] {
  if (level === undefined || level === LOG_LEVELS[0]) return [undefined];
  const lowest = levelIndex(level);
  return LOG_LEVELS.map((_, index) => index).filter((index) => index >= lowest);
}

function behind(range: Range, seq: number | undefined): Range {
  if (seq === undefined) return range;
  return range.backwards ? { ...range, before: seq } : { ...range, after: seq };
}

/** The line that a range begins behind. */
function start(range: Range): number {
  return range.backwards ? range.before : range.after;
}
