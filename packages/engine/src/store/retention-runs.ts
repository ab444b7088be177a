import type { Transaction } from "kysely";
import { fromJson, fromNullableJson } from "./json.ts";
import type { SessionFacts } from "./records.ts";
import type { KeptProcess } from "./retention-kept.ts";
import type { Schema } from "./schema.ts";

/** One step of dropping a process's old runs. */
interface Step {
  readonly transaction: Transaction<Schema>;
  readonly process: KeptProcess;
  /** Runs before this one go. */
  readonly firstRun: number;
  readonly batch: number;
}

/** Whether runs before the newest `keepRuns` are still there. */
export function hasOldRuns(process: KeptProcess, limits: { readonly keepRuns: number }): boolean {
  return process.compacted_run < firstKeptRun(process, limits);
}

/**
 * Drops up to `batch` rows of what belongs to runs before the newest `keepRuns`: events, then settled decisions, messages, manifests,
 * items and turns that no kept run and no resume needs. Answers how many went.
 */
export async function dropOldRuns(
  transaction: Transaction<Schema>,
  process: KeptProcess,
  limits: { readonly keepRuns: number; readonly batch: number },
): Promise<number> {
  if (!hasOldRuns(process, limits)) return 0;
  const firstRun = firstKeptRun(process, limits);
  const step: Step = { transaction, process, firstRun, batch: limits.batch };
  for (const drop of [dropEvents, dropDecisions, dropMessages, dropManifests, dropThreads]) {
    const dropped = await drop(step);
    if (dropped > 0) return dropped;
  }
  await updateProcess(step, { compacted_run: firstRun });
  return 0;
}

/** 0 while every run is kept. */
function firstKeptRun(process: KeptProcess, limits: { readonly keepRuns: number }): number {
  const first = process.run - limits.keepRuns + 1;
  return first > 1 ? first : 0;
}

/** Events are in the order of their runs: what goes is a beginning of the log. */
async function dropEvents(step: Step): Promise<number> {
  const { transaction, process, firstRun, batch } = step;
  const oldest = await transaction
    .selectFrom("events")
    .select(["seq", "run"])
    .where("process_id", "=", process.id)
    .where("seq", ">=", process.first_seq)
    .orderBy("seq")
    .limit(batch)
    .execute();
  const kept = oldest.findIndex(({ run }) => run >= firstRun);
  const last = (kept === -1 ? oldest : oldest.slice(0, kept)).at(-1);
  if (!last) return 0;
  await updateProcess(step, { first_seq: last.seq + 1 });
  const deleted = await transaction
    .deleteFrom("events")
    .where("process_id", "=", process.id)
    .where("seq", "<=", last.seq)
    .executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

async function dropDecisions({ transaction, process, firstRun, batch }: Step): Promise<number> {
  const deleted = await transaction
    .deleteFrom("decisions")
    .where("id", "in", (eb) =>
      eb
        .selectFrom("decisions")
        .select("id")
        .where("process_id", "=", process.id)
        .where("run", "<", firstRun)
        .where("state", "!=", "pending")
        .limit(batch),
    )
    .executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

async function dropMessages({ transaction, process, firstRun, batch }: Step): Promise<number> {
  const deleted = await transaction
    .deleteFrom("messages")
    .where("process_id", "=", process.id)
    .where("message_id", "in", (eb) =>
      eb
        .selectFrom("messages")
        .select("message_id")
        .where("process_id", "=", process.id)
        .where("run", "<", firstRun)
        .where("state", "=", "sent")
        .limit(batch),
    )
    .executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

interface Manifests {
  readonly droppable: readonly number[];
  /** Threads that a kept manifest names. */
  readonly threads: ReadonlySet<string>;
}

async function dropManifests(step: Step): Promise<number> {
  const { droppable } = await sortManifests(step);
  const runs = droppable.slice(0, step.batch);
  if (runs.length === 0) return 0;
  const deleted = await step.transaction
    .deleteFrom("manifests")
    .where("process_id", "=", step.process.id)
    .where("run", "in", runs)
    .executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

/** A resume goes on with the newest manifest that names a thread, however old its run is. */
async function sortManifests({ transaction, process, firstRun }: Step): Promise<Manifests> {
  const rows = await transaction
    .selectFrom("manifests")
    .select(["run", "manifest"])
    .where("process_id", "=", process.id)
    .orderBy("run", "desc")
    .execute();
  const threads = new Set<string>();
  const droppable: number[] = [];
  for (const [index, row] of rows.entries()) {
    const thread = threadOf(row.manifest);
    const isKept = index === 0 || row.run >= firstRun || (thread !== null && threads.size === 0);
    if (!isKept) droppable.push(row.run);
    else if (thread !== null) threads.add(thread);
  }
  return { droppable, threads };
}

function threadOf(manifest: string): string | null {
  const value = fromJson<unknown>(manifest);
  const thread = typeof value === "object" && value !== null && "threadId" in value ? value.threadId : null;
  return typeof thread === "string" ? thread : null;
}

/** Items and turns of a thread that may go on are kept: what the agent tells again of it is recognised by them. */
async function dropThreads(step: Step): Promise<number> {
  const { threads } = await sortManifests(step);
  const present = fromNullableJson<SessionFacts>(step.process.session)?.threadId;
  const all = await step.transaction
    .selectFrom("turns")
    .select("thread_id")
    .distinct()
    .where("process_id", "=", step.process.id)
    .execute();
  for (const { thread_id: thread } of all) {
    if (threads.has(thread) || thread === present) continue;
    const dropped = await dropThread(step, thread);
    if (dropped > 0) return dropped;
  }
  return 0;
}

async function dropThread({ transaction, process, batch }: Step, thread: string): Promise<number> {
  const items = await transaction
    .selectFrom("items")
    .select(["item_id", "started_seq"])
    .where("process_id", "=", process.id)
    .where("thread_id", "=", thread)
    .limit(batch)
    .execute();
  const gone = items.filter(({ started_seq }) => started_seq < process.first_seq).map(({ item_id }) => item_id);
  if (gone.length > 0) {
    const deleted = await transaction
      .deleteFrom("items")
      .where("process_id", "=", process.id)
      .where("thread_id", "=", thread)
      .where("item_id", "in", gone)
      .executeTakeFirst();
    return Number(deleted.numDeletedRows);
  }
  // an item of a kept run: its turns stay with it
  return items.length > 0 ? 0 : dropTurns({ transaction, processId: process.id, thread, batch });
}

async function dropTurns(of: {
  transaction: Transaction<Schema>;
  processId: string;
  thread: string;
  batch: number;
}): Promise<number> {
  const deleted = await of.transaction
    .deleteFrom("turns")
    .where("process_id", "=", of.processId)
    .where("thread_id", "=", of.thread)
    .where("turn_id", "in", (eb) =>
      eb
        .selectFrom("turns")
        .select("turn_id")
        .where("process_id", "=", of.processId)
        .where("thread_id", "=", of.thread)
        .limit(of.batch),
    )
    .executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

async function updateProcess(
  { transaction, process }: Step,
  columns: { readonly first_seq: number } | { readonly compacted_run: number },
): Promise<void> {
  await transaction.updateTable("processes").set(columns).where("id", "=", process.id).execute();
}
