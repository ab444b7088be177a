import type { Decision, DecisionResolution } from "@optio/contract";
import { toInstant } from "../kernel/clock.ts";
import { decodeCursor, toPage } from "./cursors.ts";
import type { Database } from "./database.ts";
import { fromJson, toJson, toNullableJson } from "./json.ts";
import type { ProcessWriter } from "./process-writer.ts";
import type { DecisionsTable } from "./schema.ts";
import type { DecisionStore, OwnerTransaction, StoredDecision } from "./store.ts";

type DecisionWrites = Pick<
  OwnerTransaction,
  "putDecision" | "findDecisionByKey" | "findDecision" | "pendingDecisions" | "settleDecision"
>;
type Settlement = Parameters<OwnerTransaction["settleDecision"]>[1];

/** Reads of decisions over all processes. */
export function createDecisionStore(database: Database): DecisionStore {
  return {
    find: (id) =>
      database.read(async (queries) => {
        const row = await queries.selectFrom("decisions").selectAll().where("id", "=", id).executeTakeFirst();
        return row && toStoredDecision(row);
      }),
    list: (query) => listDecisions(database, query),
    countPending: () =>
      database.read(async (queries) => {
        const row = await queries
          .selectFrom("decisions")
          .select((eb) => eb.fn.countAll<number>().as("count"))
          .where("state", "=", "pending")
          .executeTakeFirstOrThrow();
        return row.count;
      }),
  };
}

/** The decision methods of an owner's transaction. */
export function decisionWrites(writer: ProcessWriter): DecisionWrites {
  const decisionsOf = () =>
    writer.queries.selectFrom("decisions").selectAll().where("process_id", "=", writer.processId);
  return {
    async putDecision(decision) {
      await writer.queries.insertInto("decisions").values(toRow(writer, decision)).execute();
      writer.markCounts();
    },
    async findDecisionByKey(instance, agentKey) {
      const row = await decisionsOf()
        .where("instance", "=", instance)
        .where("agent_key", "=", agentKey)
        .executeTakeFirst();
      return row && toStoredDecision(row);
    },
    async findDecision(id) {
      const row = await decisionsOf().where("id", "=", id).executeTakeFirst();
      return row && toStoredDecision(row);
    },
    async pendingDecisions() {
      const rows = await decisionsOf().where("state", "=", "pending").orderBy("requested_at").orderBy("id").execute();
      return rows.map(toStoredDecision);
    },
    settleDecision: (id, change) => settle(writer, id, change),
  };
}

/** Withdraws what still waits from earlier runs, with its events in the log of the run that asked. */
export async function withdrawPendingDecisions(writer: ProcessWriter, now: number): Promise<void> {
  for (const { decision } of await decisionWrites(writer).pendingDecisions()) {
    const settlement = { state: "withdrawn", resolvedAt: now, resolvedBy: "ended" } as const;
    await settle(writer, decision.id, settlement);
    const withdrawn: Decision = { ...decision, state: "withdrawn", resolvedAt: toInstant(now), resolvedBy: "ended" };
    writer.append({ type: "decision.resolved", decision: withdrawn }, decision.run);
  }
}

async function settle(writer: ProcessWriter, id: string, change: Settlement): Promise<boolean> {
  const settled = await writer.queries
    .updateTable("decisions")
    .set({
      state: change.state,
      resolved_at: change.resolvedAt,
      resolution: toNullableJson(change.resolution),
      resolved_by: change.resolvedBy,
      idempotency_key: change.idempotencyKey ?? null,
    })
    .where("id", "=", id)
    .where("process_id", "=", writer.processId)
    .where("state", "=", "pending")
    .executeTakeFirst();
  if (settled.numUpdatedRows === 0n) return false;
  writer.markCounts();
  return true;
}

async function listDecisions(database: Database, query: Parameters<DecisionStore["list"]>[0]) {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  return database.read(async (queries) => {
    let select = queries.selectFrom("decisions").selectAll().orderBy("requested_at").orderBy("id");
    if (query.state !== undefined) select = select.where("state", "=", query.state);
    if (query.processId !== undefined) select = select.where("process_id", "=", query.processId);
    if (after !== undefined) {
      select = select.where((eb) => eb(eb.refTuple("requested_at", "id"), ">", eb.tuple(...after)));
    }
    const rows = await select.limit(query.limit + 1).execute();
    return toPage(rows, query.limit, toDecision, (row) => [row.requested_at, row.id]);
  });
}

function toRow(writer: ProcessWriter, stored: StoredDecision): DecisionsTable {
  const { decision } = stored;
  return {
    id: decision.id,
    process_id: writer.processId,
    run: decision.run,
    kind: decision.kind,
    state: decision.state,
    request: toJson(decision.request),
    options: toJson(decision.options),
    requested_at: Date.parse(decision.requestedAt),
    resolved_at: decision.resolvedAt === undefined ? null : Date.parse(decision.resolvedAt),
    resolution: toNullableJson(decision.resolution),
    resolved_by: decision.resolvedBy ?? null,
    agent_key: stored.agentKey,
    instance: stored.instance,
    thread_id: stored.threadId,
    turn_id: stored.turnId,
    idempotency_key: stored.idempotencyKey,
  };
}

function toStoredDecision(row: DecisionsTable): StoredDecision {
  return {
    decision: toDecision(row),
    agentKey: row.agent_key,
    instance: row.instance,
    threadId: row.thread_id,
    turnId: row.turn_id,
    idempotencyKey: row.idempotency_key,
  };
}

function toDecision(row: DecisionsTable): Decision {
  return {
    id: row.id,
    processId: row.process_id,
    run: row.run,
    kind: row.kind,
    state: row.state,
    request: fromJson<Decision["request"]>(row.request),
    options: fromJson<Decision["options"]>(row.options),
    requestedAt: toInstant(row.requested_at),
    ...(row.resolved_at !== null && { resolvedAt: toInstant(row.resolved_at) }),
    ...(row.resolution !== null && { resolution: fromJson<DecisionResolution>(row.resolution) }),
    ...(row.resolved_by !== null && { resolvedBy: row.resolved_by }),
  };
}
