import { OptioError } from "@optio/contract";
import type { OwnerKey, OwnerTransaction, Store } from "../store/store.ts";

/** Work of one transaction of a run. */
export type RunWork<T> = (tx: OwnerTransaction) => Promise<T>;

/** The writes of one ownership of a run, as long as the run lasts. */
export class ContextWrites {
  readonly #store: Pick<Store, "asOwner">;
  readonly #key: OwnerKey;
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(store: Pick<Store, "asOwner">, key: OwnerKey) {
    this.#store = store;
    this.#key = key;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws `stale-owner` once the run is over. */
  refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    const { processId, run } = this.#key;
    throw new OptioError("stale-owner", `run ${run} of '${processId}' is over: its context writes nothing more`);
  }

  /** Writes as the owner. @throws `stale-owner` when the run lost its process or is over. */
  async write<T>(work: RunWork<T>): Promise<T> {
    this.refuseWhenClosed();
    const written = this.#store.asOwner(this.#key, work);
    const settled = written.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
    return written;
  }

  /** Refuses writes from now on; resolves when those under way have settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#underWay);
  }
}
