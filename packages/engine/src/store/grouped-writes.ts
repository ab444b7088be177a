import { setImmediate } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import type { Schema } from "./schema.ts";

/** Most pieces of work that share a commit. */
const MAX_GROUP = 100;
/** How long a group takes pieces in: the first one's caller waits for the last one. */
const MAX_GROUP_MS = 4;

/** One call: its work answers with what is to be done once it is durable. */
interface Piece {
  readonly work: (transaction: Transaction<Schema>) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes in the order of the calls, one at a time. Those that wait share the next commit, because waiting for the disk (or the
 * database) is what a commit costs; each can still fail alone.
 */
export class GroupedWrites {
  readonly #writer: Kysely<Schema>;
  readonly #maxGroupMs: number;
  readonly #maxGroup: number;
  #waiting: Piece[] = [];
  #running: Promise<void> | undefined;

  constructor(writer: Kysely<Schema>, options: { readonly maxGroupMs?: number; readonly maxGroup?: number } = {}) {
    this.#writer = writer;
    this.#maxGroupMs = options.maxGroupMs ?? MAX_GROUP_MS;
    this.#maxGroup = options.maxGroup ?? MAX_GROUP;
  }

  /**
   * Runs the work in a transaction. Resolves once it is durable and `afterCommit` has run, which happens in the order of the calls
   * and before later work begins. Rejects with what the work throws, or with why the commit failed; nothing of it is written then.
   */
  run<T>(work: (transaction: Transaction<Schema>) => Promise<T>, afterCommit: (result: T) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({
      reject,
      async work(transaction) {
        const result = await work(transaction);
        return () => {
          try {
            afterCommit(result);
            resolve(result);
          } catch (error) {
            reject(error);
          }
        };
      },
    });
    this.#running ??= this.#loop();
    return promise;
  }

  /** Resolves when everything asked for so far has settled. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#commitNext();
      // a database in this OS process answers at once: without a turn for timers and sockets a busy writer would be all there is
      await setImmediate();
    }
    this.#running = undefined;
  }

  async #commitNext(): Promise<void> {
    const taken: Piece[] = [];
    try {
      const ends = await this.#writer.transaction().execute((transaction) => this.#runGroup(transaction, taken));
      for (const end of ends) end();
    } catch (error) {
      // none was taken when the transaction did not even begin: then it would not for those that wait either
      const failed = taken.length > 0 ? taken : this.#waiting.splice(0);
      for (const piece of failed) piece.reject(error);
    }
  }

  /** Works on what waits; a piece that fails takes back what it wrote and leaves the others'. */
  async #runGroup(transaction: Transaction<Schema>, taken: Piece[]): Promise<(() => void)[]> {
    const ends: (() => void)[] = [];
    const until = performance.now() + this.#maxGroupMs;
    for (;;) {
      const piece = this.#waiting.shift();
      if (!piece) return ends;
      taken.push(piece);
      // the only one of its group fails with the transaction: most writes do without the two statements more
      const isAlone = ends.length === 0 && (this.#waiting.length === 0 || this.#maxGroup === 1);
      if (isAlone) return [await piece.work(transaction)];
      ends.push(await runWithin(transaction, piece));
      if (ends.length >= this.#maxGroup || performance.now() >= until) return ends;
    }
  }
}

async function runWithin(transaction: Transaction<Schema>, piece: Piece): Promise<() => void> {
  await sql`savepoint piece`.execute(transaction);
  try {
    const end = await piece.work(transaction);
    await sql`release savepoint piece`.execute(transaction);
    return end;
  } catch (error) {
    await sql`rollback to savepoint piece`.execute(transaction);
    await sql`release savepoint piece`.execute(transaction);
    return () => piece.reject(error);
  }
}
