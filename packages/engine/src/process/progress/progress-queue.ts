/** A report that waits to be written; `report` counts the reports of a run from 1. */
export type ProgressEntry =
  | { readonly kind: "percent"; readonly report: number; readonly percent: number | null }
  | { readonly kind: "message"; readonly report: number; readonly percent: number | null; readonly message: string }
  | { readonly kind: "dropped"; readonly report: number; readonly count: number };

/** When reports are quiet, and how far apart thinned ones are written. */
export interface ProgressLimits {
  readonly intervalMs: number;
  /** Most messages within `windowMs` that are all written. */
  readonly quietMessages: number;
  readonly windowMs: number;
  /** Most quiet messages that wait; what comes while so many wait is thinned. */
  readonly maxWaiting: number;
}

export const PROGRESS_LIMITS: ProgressLimits = {
  intervalMs: 100,
  quietMessages: 10,
  windowMs: 100,
  maxWaiting: 1_000,
};

type MessageEntry = Extract<ProgressEntry, { kind: "message" }>;

/**
 * Reports between a task and the store, in their order. Quiet messages are all kept. Of an avalanche the latest is kept and the
 * others are counted. Of reports without a message the latest is kept; a message that follows replaces it.
 */
export class ProgressQueue {
  readonly #limits: ProgressLimits;
  /** To be written as soon as the store is free. */
  #ready: ProgressEntry[] = [];
  /** The survivor of an avalanche; newer than what is ready. */
  #latest: MessageEntry | undefined;
  #dropped = 0;
  /** Newer than everything else. */
  #percent: ProgressEntry | undefined;
  #messagesAtMs: number[] = [];
  #thinnedAtMs = Number.NEGATIVE_INFINITY;
  #reports = 0;

  constructor(limits: ProgressLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#ready.length === 0 && this.#hasNoThinned;
  }

  get #hasNoThinned(): boolean {
    return this.#latest === undefined && this.#percent === undefined;
  }

  /** Takes a report. Answers its number, and whether it is to be written at once. */
  add(
    percent: number | null,
    message: string | undefined,
    nowMs: number,
  ): { readonly report: number; readonly isReady: boolean } {
    this.#reports += 1;
    const report = this.#reports;
    if (message === undefined) {
      this.#percent = { kind: "percent", report, percent };
      return { report, isReady: false };
    }
    this.#percent = undefined;
    const entry: MessageEntry = { kind: "message", report, percent, message };
    const isReady = this.#isQuiet(nowMs);
    if (isReady) this.#ready.push(...this.#takeAvalanche(), entry);
    else this.#keepLatest(entry);
    return { report, isReady };
  }

  /** When something is to be written (ms since 1970; in the past: now); undefined when nothing waits. */
  dueAtMs(nowMs: number): number | undefined {
    if (this.#ready.length > 0) return nowMs;
    if (this.#hasNoThinned) return undefined;
    // a clock that was put back must not hold anything up
    return this.#thinnedAtMs > nowMs ? nowMs : this.#thinnedAtMs + this.#limits.intervalMs;
  }

  /** Takes out what is due, or everything: it counts as written unless it is put back. */
  take(nowMs: number, options: { readonly everything: boolean }): ProgressEntry[] {
    const taken = this.#ready;
    this.#ready = [];
    const isDue =
      options.everything || nowMs < this.#thinnedAtMs || nowMs >= this.#thinnedAtMs + this.#limits.intervalMs;
    if (this.#hasNoThinned || !isDue) return taken;
    taken.push(...this.#takeAvalanche());
    if (this.#percent) taken.push(this.#percent);
    this.#percent = undefined;
    return taken;
  }

  /** Says that what was taken is written: thinned reports wait an interval from here. */
  markWritten(nowMs: number): void {
    this.#thinnedAtMs = nowMs;
  }

  /** Puts back what could not be written, before everything that came meanwhile. */
  putBack(entries: readonly ProgressEntry[]): void {
    this.#ready = [...entries, ...this.#ready];
  }

  clear(): void {
    this.#ready = [];
    this.#latest = undefined;
    this.#percent = undefined;
    this.#dropped = 0;
  }

  #keepLatest(entry: MessageEntry): void {
    if (this.#latest) this.#dropped += 1;
    this.#latest = entry;
  }

  /** The summary stands before the survivor, which so stays the last line. */
  #takeAvalanche(): ProgressEntry[] {
    const latest = this.#latest;
    if (!latest) return [];
    const count = this.#dropped;
    this.#latest = undefined;
    this.#dropped = 0;
    return count > 0 ? [{ kind: "dropped", report: latest.report, count }, latest] : [latest];
  }

  #isQuiet(nowMs: number): boolean {
    const { quietMessages, windowMs, maxWaiting } = this.#limits;
    this.#messagesAtMs.push(nowMs);
    if (this.#messagesAtMs.length > quietMessages + 1) this.#messagesAtMs.shift();
    const inWindow = this.#messagesAtMs.filter((atMs) => atMs > nowMs - windowMs).length;
    return inWindow <= quietMessages && this.#ready.length < maxWaiting;
  }
}
