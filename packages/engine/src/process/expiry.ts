import { END_STATES, stateIn, toOptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import { WakeableSleep } from "../kernel/wakeable-sleep.ts";
import type { CommitNotice, Store } from "../store/store.ts";

/** Most trees that one look removes. */
const BATCH = 100;
/** How long a tree that cannot be removed now (a descendant runs) is left alone, as is a store that fails. */
const RETRY_MS = 60_000;

export interface ExpiryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with what is gone, for what is kept outside the store. */
  readonly onRemoved: (ids: readonly string[]) => Promise<void>;
}

/** Removes ended processes whose time to live is over, with their descendants, until the signal aborts. Never rejects. */
export async function runExpiry(options: ExpiryOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, logger } = options;
  const sleep = new WakeableSleep(clock);
  using _ = store.onCommit((notice) => {
    if (mayBringExpiry(notice)) sleep.wake();
  });
  while (!signal.aborted) {
    try {
      const next = await removeExpired(options, signal);
      await sleep.until(next, signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.error({ error: toOptioError(error).message }, "could not remove expired processes");
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
}

/** Only the end of a run sets the instant at which a record expires. */
function mayBringExpiry({ envelopes, remote }: CommitNotice): boolean {
  if (remote) return true;
  return envelopes.some(({ event }) => event.type === "process.state_changed" && stateIn(event.to, END_STATES));
}

/** Removes what has expired. Answers when to look again. */
async function removeExpired({ store, clock, logger, onRemoved }: ExpiryOptions, signal: AbortSignal) {
  while (!signal.aborted) {
    const now = clock.now();
    const ids = await store.processes.expired(now, BATCH);
    if (ids.length === 0) break;
    const gone = await store.processes.remove(ids, { expiredAt: now });
    if (gone.length > 0) {
      logger.info({ removed: gone.length }, "removed expired processes");
      await onRemoved(gone);
    }
    const left = ids.filter((id) => !gone.includes(id));
    if (left.length > 0) return now + RETRY_MS;
  }
  return earliestExpiry(store);
}

async function earliestExpiry(store: Store): Promise<number | undefined> {
  const [id] = await store.processes.expired(Number.MAX_SAFE_INTEGER, 1);
  const record = id === undefined ? undefined : await store.processes.find(id);
  return record?.expiresAt ?? undefined;
}
