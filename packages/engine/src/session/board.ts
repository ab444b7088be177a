import type { LoginKind, SessionPhase } from "@optio/contract";
import type { OwnerKey, OwnerTransaction, SessionFacts, Store } from "../store/store.ts";

/** What a session is doing, held by its owner; every write goes through `commit`, which keeps the record's facts in step. */
export class Board {
  readonly #store: Store;
  readonly #key: OwnerKey;
  #facts: SessionFacts;
  #stored: string;
  /** The agent holds the thread and this owner the connection. */
  live = false;
  ended = false;
  loginRequired = false;
  loginKinds: readonly LoginKind[] = [];
  activeTurnId: string | null = null;
  /** Whether the running turn has shown a userMessage item: a further one is a steer. */
  turnHasUserItem = false;
  readonly pendingDecisions = new Set<string>();

  constructor(store: Store, key: OwnerKey, facts: SessionFacts) {
    this.#store = store;
    this.#key = key;
    this.#facts = facts;
    this.#stored = JSON.stringify(facts);
  }

  get facts(): SessionFacts {
    return this.#facts;
  }

  /** Changes facts; the next `commit` stores them. */
  set(change: Partial<SessionFacts>): void {
    this.#facts = { ...this.#facts, ...change };
  }

  /** The running turn has shown a userMessage item. */
  noteUserItem(): void {
    this.turnHasUserItem = true;
  }

  /** One transaction of the owner; facts that changed ride along. @throws `stale-owner` when the run has another owner. */
  commit<T>(work: (tx: OwnerTransaction) => Promise<T>): Promise<T> {
    return this.#store.asOwner(this.#key, async (tx) => {
      const result = await work(tx);
      this.set({
        phase: this.#phase(),
        login: { required: this.loginRequired, kinds: this.loginRequired ? this.loginKinds : [] },
      });
      const facts = JSON.stringify(this.#facts);
      if (facts !== this.#stored) {
        await tx.patch({ session: this.#facts });
        this.#stored = facts;
      }
      return result;
    });
  }

  #phase(): SessionPhase {
    if (this.ended) return "ended";
    if (!this.live) return "starting";
    if (this.loginRequired) return "login";
    if (this.pendingDecisions.size > 0) return "waiting";
    return this.activeTurnId ? "busy" : "idle";
  }
}
