import { toOptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import { silentLogger } from "../kernel/logger.ts";
import { createBlobStore } from "./blobs.ts";
import { createBlockStore } from "./blocks.ts";
import { Commits } from "./commits.ts";
import { Database } from "./database.ts";
import { createDecisionStore } from "./decisions.ts";
import { connectPostgres } from "./dialects/postgres.ts";
import { connectSqlite } from "./dialects/sqlite.ts";
import { createEventStore } from "./events.ts";
import { createIdempotencyStore } from "./idempotency.ts";
import { createLogStore } from "./logs.ts";
import { createManifestStore } from "./manifests.ts";
import { createMessageStore } from "./messages.ts";
import { createMeta } from "./meta.ts";
import { runAsOwner } from "./owner-transaction.ts";
import { createProcessStore } from "./processes.ts";
import { createRetentionStore } from "./retention.ts";
import type { Store } from "./store.ts";
import { createTokenStore } from "./tokens.ts";

/** Where a store lives. */
export type StoreLocation =
  /** Path of the database file; it and its directory are created when missing, for this user alone. */
  | { readonly sqlite: string }
  /** Url of a PostgreSQL database (`postgres://user:password@host:5432/database`) that is there; its tables are created when missing. */
  | { readonly postgres: string };

/** What a store may be given. */
export interface OpenStoreOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Hears of listeners that throw and of connections that break; default: nobody. */
  readonly logger?: Logger;
}

/**
 * Opens the store, creating or migrating its database.
 * @throws `store-failed` when it cannot be opened or migrated, or is of a newer version than this program.
 */
export async function openStore(location: StoreLocation, options: OpenStoreOptions = {}): Promise<Store> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  await using unfinished = new AsyncDisposableStack();
  const database = unfinished.adopt(await openDatabase(location, logger), (opened) => opened.close());
  const commits = await Commits.open(database, logger);
  const parts = { database, commits, clock };
  unfinished.move();
  return {
    kind: database.kind,
    processes: createProcessStore(parts),
    events: createEventStore(database),
    logs: createLogStore(database),
    retention: createRetentionStore(database),
    blobs: createBlobStore(database),
    blocks: createBlockStore(database),
    decisions: createDecisionStore(database),
    messages: createMessageStore(database),
    manifests: createManifestStore(database),
    tokens: createTokenStore(database, clock),
    idempotency: createIdempotencyStore(database),
    ...createMeta(database),
    asOwner: (key, work) => runAsOwner(parts, key, work),
    onCommit: (listener) => commits.subscribe(listener),
    async close() {
      await commits.close();
      await database.close();
    },
  };
}

async function openDatabase(location: StoreLocation, logger: Logger): Promise<Database> {
  try {
    return await Database.open(
      "postgres" in location ? connectPostgres(location.postgres, { logger }) : connectSqlite(location.sqlite),
    );
  } catch (error) {
    throw toOptioError(error, "store-failed");
  }
}
