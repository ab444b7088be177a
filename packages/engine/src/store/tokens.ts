import type { Transaction } from "kysely";
import type { Clock } from "../kernel/clock.ts";
import { decodeCursor, toPage } from "./cursors.ts";
import type { Database } from "./database.ts";
import type { Schema, TokensTable } from "./schema.ts";
import type { StoredToken, TokenStore } from "./store.ts";

/** Tokens and login codes, both by hash only. */
export function createTokenStore(database: Database, clock: Clock): TokenStore {
  return {
    insert: (token) =>
      database.write(async (transaction) => {
        await transaction.insertInto("tokens").values(toRow(token)).execute();
      }),
    putNamed: (token) => database.write((transaction) => putNamed(transaction, token)),
    findByHash: (hash) => findToken(database, "hash", hash),
    find: (id) => findToken(database, "id", id),
    list: (query) => listTokens(database, query),
    remove: (id) =>
      database.write(async (transaction) => {
        const removed = await transaction.deleteFrom("tokens").where("id", "=", id).executeTakeFirst();
        return removed.numDeletedRows > 0n;
      }),
    markUsed: (id, at) =>
      database.write(async (transaction) => {
        await transaction.updateTable("tokens").set({ last_used_at: at }).where("id", "=", id).execute();
      }),
    count: () =>
      database.read(async (queries) => {
        const row = await queries
          .selectFrom("tokens")
          .select((eb) => eb.fn.countAll<number>().as("count"))
          .executeTakeFirstOrThrow();
        return row.count;
      }),
    ...loginCodes(database, clock),
  };
}

function loginCodes(database: Database, clock: Clock): Pick<TokenStore, "putLoginCode" | "takeLoginCode"> {
  return {
    putLoginCode: ({ hash, tokenId, expiresAt }) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom("login_codes").where("expires_at", "<=", clock.now()).execute();
        const row = { hash, token_id: tokenId, expires_at: expiresAt };
        await transaction.insertInto("login_codes").values(row).execute();
      }),
    takeLoginCode: (hash, now) =>
      database.write(async (transaction) => {
        const code = await transaction
          .deleteFrom("login_codes")
          .where("hash", "=", hash)
          .returning(["token_id", "expires_at"])
          .executeTakeFirst();
        return code && code.expires_at > now ? { tokenId: code.token_id } : undefined;
      }),
  };
}

/** The same secret keeps its row, so that what was signed in with it stays so; another secret ends that. */
async function putNamed(transaction: Transaction<Schema>, token: StoredToken): Promise<void> {
  const kept = await transaction
    .updateTable("tokens")
    .set({ role: token.role })
    .where("name", "=", token.name)
    .where("hash", "=", token.hash)
    .executeTakeFirst();
  if (kept.numUpdatedRows > 0n) return;
  await transaction.deleteFrom("tokens").where("name", "=", token.name).execute();
  await transaction.insertInto("tokens").values(toRow(token)).execute();
}

function findToken(database: Database, column: "id" | "hash", value: string): Promise<StoredToken | undefined> {
  return database.read(async (queries) => {
    const row = await queries.selectFrom("tokens").selectAll().where(column, "=", value).executeTakeFirst();
    return row && toToken(row);
  });
}

async function listTokens(database: Database, query: Parameters<TokenStore["list"]>[0]) {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  return database.read(async (queries) => {
    let select = queries.selectFrom("tokens").selectAll().orderBy("created_at").orderBy("id");
    if (after !== undefined) {
      select = select.where((eb) => eb(eb.refTuple("created_at", "id"), ">", eb.tuple(...after)));
    }
    const rows = await select.limit(query.limit + 1).execute();
    return toPage(rows, query.limit, toToken, (row) => [row.created_at, row.id]);
  });
}

function toRow(token: StoredToken): TokensTable {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    hash: token.hash,
    created_at: token.createdAt,
    last_used_at: token.lastUsedAt,
  };
}

function toToken(row: TokensTable): StoredToken {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    hash: row.hash,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
