import { END_STATES, OptioError, stateIn } from "@optio/contract";
import { waitOrAbort } from "./kernel/abort.ts";
import type { CommitNotice, ProcessRecord, Store } from "./store/store.ts";

/**
 * The record of a process once it is in an end state, or idle again after one; woken by commits. One that is removed with its end, as an
 * ephemeral one is, comes as it ended.
 * @throws `not-found` when there is none, and the reason of an abort.
 */
export async function waitForEnd(store: Store, id: string, signal?: AbortSignal): Promise<ProcessRecord> {
  const watch = new EndWatch(id);
  using _ = store.onCommit((notice) => watch.hear(notice));
  let last: ProcessRecord | undefined;
  for (;;) {
    const change = watch.next();
    const record = await store.processes.find(id);
    // dismissed at once after its end
    const isDismissed = record?.state === "idle" && watch.end !== undefined;
    if (record && (isDismissed || stateIn(record.state, END_STATES))) return record;
    if (!record) return goneRecord(id, last, watch.end);
    last = record;
    await waitOrAbort(change, signal);
  }
}

/** The end that was heard of a process whose record went with it. */
function goneRecord(id: string, last: ProcessRecord | undefined, end: HeardEnd | undefined): ProcessRecord {
  if (last && end) return { ...last, state: end.state, endedAt: end.at, owner: null };
  throw new OptioError("not-found", last ? `process '${id}' was removed` : `no process '${id}'`);
}

interface HeardEnd {
  readonly state: ProcessRecord["state"];
  readonly at: number;
}

class EndWatch {
  readonly #id: string;
  #change = Promise.withResolvers<void>();
  end: HeardEnd | undefined;

  constructor(id: string) {
    this.#id = id;
  }

  /** Resolves with the next change that may be an end; asked for before the record is read, it misses none. */
  next(): Promise<void> {
    this.#change = Promise.withResolvers<void>();
    return this.#change.promise;
  }

  hear({ processId, envelopes, remote, removed }: CommitNotice): void {
    if (processId !== this.#id) return;
    let moved = remote || removed || false;
    for (const { event, at } of envelopes) {
      if (event.type !== "process.state_changed") continue;
      if (stateIn(event.to, END_STATES)) this.end = { state: event.to, at: Date.parse(at) };
      moved = true;
    }
    if (moved) this.#change.resolve();
  }
}
