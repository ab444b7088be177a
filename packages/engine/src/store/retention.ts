import { OptioError } from "@optio/contract";
import type { Database } from "./database.ts";
import type { KeptProcess } from "./retention-kept.ts";
import { KEPT_COLUMNS } from "./retention-kept.ts";
import { dropOldLines, hasOldLines } from "./retention-logs.ts";
import { dropOldRuns, hasOldRuns } from "./retention-runs.ts";
import type { RetentionStore } from "./store.ts";

/** Processes that one call looks at. */
const PROCESSES_PER_CALL = 100;

type Limits = Parameters<RetentionStore["compact"]>[0];

/** Retention of events, log lines and what belongs to old runs. */
export function createRetentionStore(database: Database): RetentionStore {
  return { compact: (limits) => compact(database, limits) };
}

async function compact(database: Database, limits: Limits): ReturnType<RetentionStore["compact"]> {
  requirePositive(limits, ["keepRuns", "maxLines", "batch"]);
  let done = limits.after ?? "";
  const processes = await readProcesses(database, done);
  for (const process of processes) {
    const dropped = await compactProcess(database, process, limits);
    if (dropped > 0) return { dropped, next: done };
    done = process.id;
  }
  return { dropped: 0, next: processes.length === PROCESSES_PER_CALL ? done : null };
}

/** At most one batch of one process: 0 when nothing of it has to go. */
async function compactProcess(database: Database, seen: KeptProcess, limits: Limits): Promise<number> {
  if (!hasOldRuns(seen, limits) && !(await hasOldLines(database, seen, limits))) return 0;
  return database.write(async (transaction) => {
    // locked and read again: the id may be another process's by now
    const query = transaction.selectFrom("processes").select(KEPT_COLUMNS).where("id", "=", seen.id);
    const process = await (database.locksRows ? query.forUpdate() : query).executeTakeFirst();
    if (!process) return 0;
    const lines = await dropOldLines(transaction, process, limits);
    return lines > 0 ? lines : dropOldRuns(transaction, process, limits);
  });
}

function readProcesses(database: Database, after: string): Promise<KeptProcess[]> {
  return database.read((queries) =>
    queries
      .selectFrom("processes")
      .select(KEPT_COLUMNS)
      .where("id", ">", after)
      .orderBy("id")
      .limit(PROCESSES_PER_CALL)
      .execute(),
  );
}

function requirePositive<T extends Readonly<Record<string, unknown>>>(limits: T, names: readonly (keyof T & string)[]) {
  for (const name of names) {
    const value = limits[name];
    if (!Number.isInteger(value) || Number(value) < 1)
      throw new OptioError("invalid", `${name}: ${value} is not a whole number from 1`);
  }
}
