import type { LogLine, ProcessSummary } from "@optio/contract";
import { logLineSchema } from "@optio/contract";
import type { LogQuery } from "../../api/calls.ts";
import { fetchLog, fetchProcess, logUrl } from "../../api/calls.ts";
import { isUnauthorized } from "../../api/describe-error.ts";
import type { FollowOptions } from "../../api/follow-stream.ts";
import { followStream } from "../../api/follow-stream.ts";
import { parseJson } from "../../api/parse-envelope.ts";
import { scheduleBeforePaint } from "../../api/schedule-before-paint.ts";
import type { LogInput, LogState } from "./reduce-log.ts";
import { EMPTY_LOG, lastSeq, reduceLog } from "./reduce-log.ts";

/** Lines of one page of a log. */
export const LOG_PAGE = 500;
/** A log that grows faster than it is read is caught up with at the reader's next move. */
const MAX_CATCH_UP_PAGES = 5;

/** What a log panel shows at one moment. */
export interface LogSnapshot {
  readonly log: LogState;
  readonly isLoaded: boolean;
  /** A page is on its way. */
  readonly isLoading: boolean;
  readonly offlineSince: number | undefined;
  readonly error: unknown;
}

/** What a log store asks of a server. */
export interface LogSource {
  readonly fetchProcess: (id: string, signal: AbortSignal) => Promise<Pick<ProcessSummary, "logHead">>;
  readonly fetchLog: typeof fetchLog;
  readonly follow: (options: FollowOptions) => Promise<void>;
}

export interface LogStoreOptions {
  readonly id: string;
  readonly query: LogQuery;
  readonly onUnauthorized: () => void;
  readonly source?: LogSource;
  /** Calls back soon; batches lines between two paints. */
  readonly schedule?: (callback: () => void) => void;
  readonly now?: () => number;
}

const SERVER: LogSource = { fetchProcess, fetchLog, follow: followStream };

/** A followed log: a store for `useSyncExternalStore` with a window that is moved over the log. */
export class LogStore {
  readonly #options: LogStoreOptions;
  readonly #source: LogSource;
  readonly #listeners = new Set<() => void>();
  #snapshot: LogSnapshot = {
    log: EMPTY_LOG,
    isLoaded: false,
    isLoading: false,
    offlineSince: undefined,
    error: undefined,
  };
  #live: LogLine[] = [];
  #isFollowing = true;
  #signal = new AbortController().signal;

  constructor(options: LogStoreOptions) {
    this.#options = options;
    this.#source = options.source ?? SERVER;
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = () => this.#snapshot;

  /** Whether the reader looks at the end: the window may then lose its beginning. */
  setFollowing(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
  }

  /** Follows the log until aborted: its newest page, then every line after it. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const { id, query, now = Date.now, onUnauthorized } = this.#options;
    await this.#source.follow({
      signal,
      request: async (attempt) => {
        await this.#attach(attempt);
        return { url: logUrl(id, { ...query, after: this.#snapshot.log.heard }) };
      },
      onConnected: () => this.#set({ offlineSince: undefined, error: undefined }),
      onMessage: ({ data }) => {
        const line = logLineSchema.safeParse(parseJson(data));
        if (line.success) this.#takeLive(line.data);
      },
      onLost: (error) => {
        this.#set({ offlineSince: this.#snapshot.offlineSince ?? now(), error });
        if (isUnauthorized(error)) onUnauthorized();
      },
    });
  }

  loadOlder(): void {
    const { log } = this.#snapshot;
    const [first] = log.lines;
    if (log.hasOlder && first) this.#load(() => this.#page("older", { before: first.seq }));
  }

  loadNewer(): void {
    if (this.#snapshot.log.hasNewer) this.#load(() => this.#newer());
  }

  /** Moves the window to the first line. */
  goToStart(): void {
    this.#load(() => this.#page("oldest", { after: 0 }));
  }

  /** Moves the window to the last line; nothing when it is there. */
  goToEnd(): void {
    if (!this.#snapshot.log.hasNewer) return;
    this.#load(async () => {
      await this.#newest(this.#snapshot.log.heard, this.#signal);
      await this.#newer();
    });
  }

  async #attach(signal: AbortSignal): Promise<void> {
    const { logHead } = await this.#source.fetchProcess(this.#options.id, signal);
    this.#fold();
    const isDropped = logHead < this.#snapshot.log.heard;
    if (isDropped) this.#reduce({ type: "dropped" });
    if (isDropped || !this.#snapshot.isLoaded) await this.#newest(logHead, signal);
    this.#set({ isLoaded: true });
  }

  async #newest(head: number, signal: AbortSignal): Promise<void> {
    const { items, next } = await this.#fetch({ before: head + 1 }, signal);
    this.#reduce({ type: "newest", head, lines: items, hasMore: next !== null });
  }

  /** Pages towards the end; on, while the stream was ahead of the page. */
  async #newer(): Promise<void> {
    for (let pages = 0; this.#snapshot.log.hasNewer && pages < MAX_CATCH_UP_PAGES; pages += 1)
      if (await this.#page("newer", { after: lastSeq(this.#snapshot.log) })) return;
  }

  async #page(type: "older" | "newer" | "oldest", place: { after: number } | { before: number }): Promise<boolean> {
    const { items, next } = await this.#fetch(place, this.#signal);
    this.#reduce({ type, lines: items, hasMore: next !== null });
    return next !== null;
  }

  #fetch(place: { after?: number; before?: number }, signal: AbortSignal) {
    return this.#source.fetchLog(this.#options.id, { ...this.#options.query, ...place, limit: LOG_PAGE }, signal);
  }

  /** One page at a time. */
  #load(read: () => Promise<unknown>): void {
    if (this.#snapshot.isLoading) return;
    const signal = this.#signal;
    this.#set({ isLoading: true });
    read()
      .then(() => this.#set({ error: undefined }))
      .catch((error: unknown) => signal.aborted || this.#set({ error }))
      .finally(() => this.#set({ isLoading: false }));
  }

  #takeLive(line: LogLine): void {
    this.#live.push(line);
    if (this.#live.length > 1) return;
    (this.#options.schedule ?? scheduleBeforePaint)(() => {
      this.#fold();
      this.#notify();
    });
  }

  #fold(): void {
    const lines = this.#live;
    if (lines.length === 0) return;
    this.#live = [];
    this.#reduce({ type: "live", lines, isFollowing: this.#isFollowing });
  }

  #reduce(input: LogInput): void {
    this.#set({ log: reduceLog(this.#snapshot.log, input) });
  }

  #set(change: Partial<LogSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
