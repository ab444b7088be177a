import { ACTIVE_STATES, CANCELLABLE_STATES, stateIn, toOptioError } from "@optio/contract";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { CommitNotice, ProcessRecord, Store } from "../../store/store.ts";

/** What ending many runs needs. */
export interface EndRunsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks one run to end. Contract: throws `not-cancellable` when it cannot be asked. */
  readonly cancel: (id: string) => Promise<unknown>;
}

/** Asks all of them at once to end. Answers those that were asked: neither what may not be cancelled nor what was being cancelled already. */
export async function cancelAll(deps: EndRunsDeps, records: readonly ProcessRecord[]): Promise<ProcessRecord[]> {
  const askable = records.filter((record) => record.cancellable && stateIn(record.state, CANCELLABLE_STATES));
  const asked = await Promise.all(askable.map((record) => cancelOne(deps, record)));
  return askable.filter((_, index) => asked[index]);
}

async function cancelOne(deps: EndRunsDeps, record: ProcessRecord): Promise<boolean> {
  try {
    await deps.cancel(record.id);
    return true;
  } catch (error) {
    const { code, message } = toOptioError(error);
    if (code !== "not-cancellable" && code !== "not-found")
      deps.logger.warn({ process: record.id, code, error: message }, "could not cancel a member of a group");
    // the cancel of its parent may have been faster
    const now = await deps.store.processes.find(record.id);
    return now?.run === record.run && (now.state === "cancel_requested" || now.state === "cancelling");
  }
}

/**
 * Waits until none of the runs is active any more, woken by commits.
 * @returns the ids that still are when the time is up or the signal aborts.
 */
export async function untilEnded(
  deps: Pick<EndRunsDeps, "store" | "clock">,
  records: readonly ProcessRecord[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly string[]> {
  const waiting = new EndWatch(deps.store, records);
  const over = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
  using _ = deps.store.onCommit((notice) => waiting.hear(notice));
  await waiting.look();
  if (waiting.left.length === 0 || options.timeoutMs <= 0) return waiting.left;
  const timer = deps.clock.sleep(options.timeoutMs, signal).catch(() => undefined);
  await Promise.race([waiting.done, timer]);
  over.abort();
  // not every store tells of other engines' commits
  await waiting.look();
  return waiting.left;
}

/** Runs that are waited for, each by its number: a later launch of the same process is another run. */
class EndWatch {
  readonly #store: Store;
  readonly #runs: Map<string, number>;
  readonly #done = Promise.withResolvers<void>();

  constructor(store: Store, records: readonly ProcessRecord[]) {
    this.#store = store;
    this.#runs = new Map(records.map(({ id, run }) => [id, run]));
    this.#check();
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  get left(): readonly string[] {
    return [...this.#runs.keys()];
  }

  hear(notice: CommitNotice): void {
    if (!this.#runs.has(notice.processId)) return;
    const moved = notice.envelopes.some(({ event }) => event.type === "process.state_changed");
    if (moved || notice.remote || notice.removed) void this.#lookAt(notice.processId).catch(() => undefined);
  }

  async look(): Promise<void> {
    await Promise.all(this.left.map((id) => this.#lookAt(id)));
  }

  async #lookAt(id: string): Promise<void> {
    const record = await this.#store.processes.find(id);
    if (record?.run === this.#runs.get(id) && record && stateIn(record.state, ACTIVE_STATES)) return;
    this.#runs.delete(id);
    this.#check();
  }

  #check(): void {
    if (this.#runs.size === 0) this.#done.resolve();
  }
}
