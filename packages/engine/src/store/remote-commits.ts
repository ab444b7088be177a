import { ACTIVE_STATES } from "@optio/contract";
import type { Database, Queries } from "./database.ts";
import type { HeardCommit } from "./dialects/dialect.ts";
import type { CommitNotice } from "./store.ts";

const ROWS_PER_READ = 1_000;

/**
 * The commits of other OS processes as notices. When some may have been missed, there is a notice for every process that they can
 * have changed: each whose record changed or that was removed since, and each active one, since only a run adds events without
 * changing its record.
 */
export class RemoteCommits {
  readonly #database: Database;
  readonly #emit: (notice: CommitNotice) => void;
  /** The newest change that was heard of; own ones included, so that it never passes one that is not heard yet. */
  #heardUpTo = 0;
  #listening: AsyncDisposable | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #closed = false;

  constructor(database: Database, emit: (notice: CommitNotice) => void) {
    this.#database = database;
    this.#emit = emit;
  }

  /** Begins to listen. @throws `store-failed`. */
  async open(): Promise<void> {
    this.#listening = await this.#database.listen((commit) => this.#hear(commit));
    if (this.#listening) this.#heardUpTo = Math.max(this.#heardUpTo, await this.#database.read(lastChange));
  }

  /** Ends listening; no notice comes after. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#listening?.[Symbol.asyncDispose]();
    await this.#looking;
  }

  #hear(commit: HeardCommit): void {
    if (this.#closed) return;
    if (commit.kind === "unknown") {
      this.#lookAgain = true;
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
      return;
    }
    const { processId, changeId, removed, own } = commit;
    // a look that is under way begins where this one began to hear
    if (!this.#looking) this.#heardUpTo = Math.max(this.#heardUpTo, changeId ?? 0);
    if (!own) this.#emit(remoteNotice(processId, changeId, removed));
  }

  async #look(): Promise<void> {
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false;
      try {
        await this.#database.read((queries) => this.#tellOfMissed(queries));
      } catch {
        // the database is away again: the next connection that listens asks for another look
      }
    }
  }

  async #tellOfMissed(queries: Queries): Promise<void> {
    const since = this.#heardUpTo;
    const upTo = await lastChange(queries);
    for (const { id } of await selectActive(queries)) this.#tell(remoteNotice(id, null, false));
    for (let after = since; after < upTo; ) {
      const changed = await selectChanged(queries, after);
      for (const { id, change_id } of changed) this.#tell(remoteNotice(id, change_id, false));
      after = changed.length < ROWS_PER_READ ? upTo : (changed.at(-1)?.change_id ?? upTo);
    }
    for (let after = since; after < upTo; ) {
      const removed = await selectRemoved(queries, after);
      for (const { process_id, change_id } of removed) this.#tell(remoteNotice(process_id, change_id, true));
      after = removed.length < ROWS_PER_READ ? upTo : (removed.at(-1)?.change_id ?? upTo);
    }
    this.#heardUpTo = Math.max(this.#heardUpTo, upTo);
  }

  #tell(notice: CommitNotice): void {
    if (!this.#closed) this.#emit(notice);
  }
}

function remoteNotice(processId: string, changeId: number | null, removed: boolean): CommitNotice {
  return { processId, envelopes: [], changeId, remote: true, ...(removed && { removed }) };
}

async function lastChange(queries: Queries): Promise<number> {
  const row = await queries
    .selectFrom("counters")
    .select("value")
    .where("name", "=", "change")
    .executeTakeFirstOrThrow();
  return row.value;
}

function selectActive(queries: Queries) {
  return queries.selectFrom("processes").select("id").where("state", "in", ACTIVE_STATES).execute();
}

function selectChanged(queries: Queries, after: number) {
  return queries
    .selectFrom("processes")
    .select(["id", "change_id"])
    .where("change_id", ">", after)
    .orderBy("change_id")
    .limit(ROWS_PER_READ)
    .execute();
}

function selectRemoved(queries: Queries, after: number) {
  return queries
    .selectFrom("removals")
    .select(["process_id", "change_id"])
    .where("change_id", ">", after)
    .orderBy("change_id")
    .limit(ROWS_PER_READ)
    .execute();
}
