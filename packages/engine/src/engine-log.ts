import type { LogLine } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { EngineProcesses, LogQuery } from "./engine.ts";
import type { CommitNotice, Page, Store } from "./store/store.ts";

/** Lines that a follower reads at a time: what waits for a slow consumer stays in the store. */
const LINES_PER_READ = 500;

/** What the verbs need of the engine's parts. */
interface LogParts {
  readonly services: { readonly store: Pick<Store, "logs" | "onCommit"> };
  /** @throws `not-found`. */
  readonly processes: { read(id: string): Promise<unknown> };
}

/** The verbs on the log of a process. */
export function createLogVerbs(parts: LogParts): Pick<EngineProcesses, "log" | "followLog"> {
  return {
    async log(id, query) {
      await parts.processes.read(id);
      return readPage(parts.services.store, id, query);
    },
    followLog: (id, query) => follow(parts, id, query),
  };
}

async function readPage(
  store: Pick<Store, "logs">,
  id: string,
  query: LogQuery & { limit: number },
): Promise<Page<LogLine>> {
  const { cursor, ...rest } = query;
  const place = cursor === undefined ? {} : { [query.before === undefined ? "after" : "before"]: toPlace(cursor) };
  const page = await store.logs.list(id, { ...rest, ...place });
  return { items: page.items, next: page.more ? String(page.reached) : null };
}

function toPlace(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new OptioError("invalid", `cursor: '${cursor.slice(0, 80)}' is not the \`next\` of an earlier page`);
}

async function* follow(
  { services: { store }, processes }: LogParts,
  id: string,
  { signal, ...query }: Parameters<EngineProcesses["followLog"]>[1],
): AsyncGenerator<LogLine, void, undefined> {
  const watch = new LogWatch(id);
  using _ = store.onCommit((notice) => watch.note(notice));
  const stop = () => watch.wake();
  signal.addEventListener("abort", stop, { once: true });
  try {
    // after subscribing: it may be removed in between
    await processes.read(id);
    for (let after = query.after ?? 0; !signal.aborted; ) {
      watch.reset();
      const page = await store.logs.list(id, { ...query, after, limit: LINES_PER_READ });
      for (const line of page.items) {
        if (signal.aborted) return;
        yield line;
      }
      after = page.reached;
      if (page.more) continue;
      if (watch.isGone) return;
      if (!signal.aborted) await watch.changed;
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Whether a log may have grown since it was last read. */
class LogWatch {
  readonly #processId: string;
  #change = Promise.withResolvers<void>();
  #isGone = false;

  constructor(processId: string) {
    this.#processId = processId;
  }

  /** The process was removed: no line will come. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Resolves at the first wake since the reset. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  /** To be called before reading: what comes while it reads is read again. */
  reset(): void {
    this.#change = Promise.withResolvers<void>();
  }

  /** Hears of a commit. */
  note(notice: CommitNotice): void {
    if (notice.processId !== this.#processId) return;
    if (notice.removed) this.#isGone = true;
    const grew = notice.remote || notice.envelopes.some(({ event }) => event.type === "process.logged");
    if (grew || this.#isGone) this.wake();
  }

  wake(): void {
    this.#change.resolve();
  }
}
