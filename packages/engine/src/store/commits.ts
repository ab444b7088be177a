import type { Transaction } from "kysely";
import { Emitter } from "../kernel/emitter.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Database } from "./database.ts";
import { RemoteCommits } from "./remote-commits.ts";
import type { Schema } from "./schema.ts";
import type { CommitNotice } from "./store.ts";

/** What a transaction answers its caller, and what listeners hear when it is durable. */
export interface Committed<T> {
  readonly result: T;
  readonly notice: CommitNotice | undefined;
  /** Further notices, of other processes. */
  readonly notices?: readonly CommitNotice[];
}

/** Transactions on process records whose commits are told to listeners, in order, and the commits of others where the database tells. */
export class Commits {
  readonly #database: Database;
  readonly #emitter: Emitter<CommitNotice>;
  readonly #remote: RemoteCommits;

  private constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#emitter = new Emitter((error) => logger.error({ error: String(error) }, "a listener of commits threw"));
    this.#remote = new RemoteCommits(database, (notice) => this.#emitter.emit(notice));
  }

  /** Resolves when no commit of another OS process can be missed any more. @throws `store-failed`. */
  static async open(database: Database, logger: Logger): Promise<Commits> {
    const commits = new Commits(database, logger);
    await commits.#remote.open();
    return commits;
  }

  /** Runs the work in a transaction; listeners hear of it after the commit and before the next transaction begins. */
  async write<T>(work: (transaction: Transaction<Schema>) => Promise<Committed<T>>): Promise<T> {
    const committed = await this.#database.write(work, ({ notice, notices = [] }) => {
      for (const told of notice ? [notice, ...notices] : notices) this.#emitter.emit(told);
    });
    return committed.result;
  }

  /** Adds a listener; dispose the result to remove it. */
  subscribe(listener: (notice: CommitNotice) => void): Disposable {
    return this.#emitter.subscribe(listener);
  }

  /** Hears of others no more. */
  async close(): Promise<void> {
    await this.#remote.close();
  }
}
