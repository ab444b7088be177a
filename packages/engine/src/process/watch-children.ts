import type { ProcessState } from "@optio/contract";
import { toOptioError } from "@optio/contract";
import type { CommitNotice } from "../store/store.ts";
import type { OnChildProgress } from "./children.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import type { ChildProgress } from "./task.ts";

/** Least time between two calls that tell of nothing but progress. */
const SPACING_MS = 100;

/** Tells a callback of the progress of some children; others of the same parent are not among them. */
export interface ChildWatch extends AsyncDisposable {
  add(child: LiveRun): void;
  /** Resolves when the callback has heard of the last state. */
  flush(): Promise<void>;
}

/** Watches children for a callback: at most ten calls a second, a state change at once, the last state always. */
export function watchChildren(parts: ProcessParts, onProgress: OnChildProgress | undefined): ChildWatch {
  if (onProgress) return new Watch(parts, onProgress);
  return { add: () => undefined, flush: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
}

type Entry = { -readonly [key in keyof ChildProgress]: ChildProgress[key] };

class Watch implements ChildWatch {
  readonly #parts: ProcessParts;
  readonly #onProgress: OnChildProgress;
  readonly #children = new Map<string, Entry>();
  /** Children whose record changed without an event that says how. */
  readonly #unread = new Set<string>();
  readonly #subscription: Disposable;
  readonly #closed = new AbortController();
  #calledAtMs = Number.NEGATIVE_INFINITY;
  #isTrailing = false;
  #calling: Promise<void> | undefined;
  #isDirty = false;

  constructor(parts: ProcessParts, onProgress: OnChildProgress) {
    this.#parts = parts;
    this.#onProgress = onProgress;
    this.#subscription = parts.options.services.store.onCommit((notice) => this.#hear(notice));
  }

  add(child: LiveRun): void {
    const { id, task } = child;
    this.#children.set(id, { id, name: task.name, state: "scheduled", percent: 0, message: undefined });
    // it may have begun before it was added
    this.#unread.add(id);
    this.#call();
    void child.ended.then(({ state }) => {
      this.#move(id, state === "lost" || state === "detached" ? "failed" : state);
      this.#call();
    });
  }

  async flush(): Promise<void> {
    this.#isTrailing = false;
    if (this.#isDirty) this.#call();
    while (this.#calling) await this.#calling;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.flush();
    this.#closed.abort();
  }

  #hear({ processId, envelopes, changeId }: CommitNotice): void {
    const entry = this.#children.get(processId);
    if (!entry) return;
    let told = false;
    let moved = false;
    for (const { event } of envelopes) {
      if (event.type === "process.state_changed") moved = this.#move(processId, event.to) || moved;
      if (event.type === "process.progressed") {
        if (!isEnd(entry.state)) Object.assign(entry, { percent: event.percent, message: event.message });
        told = true;
      }
    }
    if (moved) this.#call();
    if (!told && !moved && changeId !== null) this.#unread.add(processId);
    if (!moved && (told || changeId !== null)) this.#callSpaced();
  }

  /** True when that is news. */
  #move(id: string, to: ProcessState): boolean {
    const entry = this.#children.get(id);
    if (!entry || to === "idle" || entry.state === to || isEnd(entry.state)) return false;
    entry.state = to;
    if (isEnd(to)) entry.percent = 100;
    return true;
  }

  #callSpaced(): void {
    this.#isDirty = true;
    const { clock } = this.#parts.options.services;
    const waitMs = this.#calledAtMs + SPACING_MS - clock.now();
    if (waitMs <= 0) this.#call();
    if (waitMs <= 0 || this.#isTrailing) return;
    this.#isTrailing = true;
    clock.sleep(waitMs, this.#closed.signal).then(
      () => {
        if (!this.#isTrailing) return;
        this.#isTrailing = false;
        if (this.#isDirty) this.#call();
      },
      () => undefined,
    );
  }

  /** A call under way is followed by another one with what came meanwhile. */
  #call(): void {
    this.#isDirty = true;
    this.#calling ??= this.#callUntilClean().finally(() => {
      this.#calling = undefined;
    });
  }

  async #callUntilClean(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      try {
        await this.#readUnread();
        this.#calledAtMs = this.#parts.options.services.clock.now();
        await this.#onProgress([...this.#children.values()].map((entry) => ({ ...entry })));
      } catch (error) {
        const { logger } = this.#parts.options.services;
        logger.error({ error: toOptioError(error).message }, "a listener of child progress failed");
      }
    }
  }

  async #readUnread(): Promise<void> {
    const ids = [...this.#unread];
    this.#unread.clear();
    for (const id of ids) {
      const record = await this.#parts.options.services.store.processes.find(id);
      const entry = this.#children.get(id);
      if (!record || !entry || isEnd(entry.state)) continue;
      Object.assign(entry, { percent: record.progress?.percent ?? entry.percent, message: record.progress?.message });
      if (record.progress?.percent === null) entry.percent = null;
    }
  }
}

function isEnd(state: ProcessState): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}
