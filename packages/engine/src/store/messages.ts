import type { MessageState } from "@optio/contract";
import type { Transaction } from "kysely";
import type { Database, Queries } from "./database.ts";
import type { ProcessWriter } from "./process-writer.ts";
import type { MessagesTable, Schema } from "./schema.ts";
import type { MessageStore, OwnerTransaction, StoredMessage } from "./store.ts";

/** Queues in the order of sending: the harness never waits behind a person, and a steer that came back goes before what waits. */
const LANES = { harness: 0, returnedSteer: 1, person: 2 } as const;
const UNSENT: readonly MessageState[] = ["queued", "sending"];

type MessageWrites = Pick<
  OwnerTransaction,
  "putMessage" | "setMessage" | "removeMessage" | "unsentMessages" | "findMessage" | "messagesOfTurn"
>;

/** Reads of messages. */
export function createMessageStore(database: Database): MessageStore {
  return {
    unsent: (processId, run) => database.read((queries) => selectUnsent(queries, processId, run)),
  };
}

/** The message methods of an owner's transaction. */
export function messageWrites(writer: ProcessWriter): MessageWrites {
  const find = (messageId: string) =>
    writer.queries
      .selectFrom("messages")
      .selectAll()
      .where("process_id", "=", writer.processId)
      .where("message_id", "=", messageId)
      .executeTakeFirst();
  return {
    putMessage: (message) => insertMessage(writer, message),
    async setMessage(messageId, change) {
      const row = await find(messageId);
      if (row) await updateMessage(writer, row, change);
      return row !== undefined;
    },
    async removeMessage(messageId) {
      const deleted = await writer.queries
        .deleteFrom("messages")
        .where("process_id", "=", writer.processId)
        .where("message_id", "=", messageId)
        .returning("message_id")
        .execute();
      if (deleted.length > 0) writer.markCounts();
      return deleted.length > 0;
    },
    unsentMessages: () => selectUnsent(writer.queries, writer.processId, writer.run),
    async findMessage(messageId) {
      const row = await find(messageId);
      return row && toMessage(row);
    },
    async messagesOfTurn(turnId) {
      const rows = await writer.queries
        .selectFrom("messages")
        .selectAll()
        .where("process_id", "=", writer.processId)
        .where("turn_id", "=", turnId)
        .where("state", "=", "sent")
        .orderBy("position")
        .execute();
      return rows.map(toMessage);
    },
  };
}

/** Drops the unsent messages of a process; true when there were any. */
export async function dropUnsentMessages(transaction: Transaction<Schema>, processId: string): Promise<boolean> {
  const dropped = await transaction
    .deleteFrom("messages")
    .where("process_id", "=", processId)
    .where("state", "in", UNSENT)
    .returning("message_id")
    .execute();
  return dropped.length > 0;
}

async function insertMessage(writer: ProcessWriter, message: Omit<StoredMessage, "processId" | "run">): Promise<void> {
  await writer.queries
    .insertInto("messages")
    .values((eb) => ({
      process_id: writer.processId,
      message_id: message.messageId,
      run: writer.run,
      text: message.text,
      mode: message.mode,
      state: message.state,
      origin: message.origin,
      created_at: message.createdAt,
      turn_id: message.turnId,
      lane: message.origin === "harness" ? LANES.harness : LANES.person,
      position: eb
        .selectFrom("messages")
        .select((inner) => inner.fn.coalesce(inner(inner.fn.max("position"), "+", 1), inner.lit(1)).as("next"))
        .where("process_id", "=", writer.processId)
        .$asScalar()
        .$notNull(),
    }))
    .execute();
  if (UNSENT.includes(message.state)) writer.markCounts();
}

async function updateMessage(
  writer: ProcessWriter,
  row: MessagesTable,
  change: Parameters<OwnerTransaction["setMessage"]>[1],
): Promise<void> {
  const returns = row.mode === "steer" && row.state !== "queued" && change.state === "queued";
  const columns: Partial<MessagesTable> = {
    ...(change.state !== undefined && { state: change.state }),
    ...(change.text !== undefined && { text: change.text }),
    ...(change.mode !== undefined && { mode: change.mode }),
    ...(change.turnId !== undefined && { turn_id: change.turnId }),
    ...(returns && row.lane === LANES.person && { lane: LANES.returnedSteer }),
  };
  if (Object.keys(columns).length === 0) return;
  await writer.queries
    .updateTable("messages")
    .set(columns)
    .where("process_id", "=", writer.processId)
    .where("message_id", "=", row.message_id)
    .execute();
  if (change.state !== undefined && (change.state === "sent") !== (row.state === "sent")) writer.markCounts();
}

async function selectUnsent(queries: Queries, processId: string, run: number): Promise<StoredMessage[]> {
  const rows = await queries
    .selectFrom("messages")
    .selectAll()
    .where("process_id", "=", processId)
    .where("run", "=", run)
    .where("state", "in", UNSENT)
    .orderBy("lane")
    .orderBy("position")
    .execute();
  return rows.map(toMessage);
}

function toMessage(row: MessagesTable): StoredMessage {
  return {
    messageId: row.message_id,
    processId: row.process_id,
    run: row.run,
    text: row.text,
    mode: row.mode,
    state: row.state,
    origin: row.origin,
    createdAt: row.created_at,
    turnId: row.turn_id,
  };
}
