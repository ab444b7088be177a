import { setImmediate as nextTurn } from "node:timers/promises";
import { OptioError, toOptioError } from "@optio/contract";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import { WakeableSleep } from "../../kernel/wakeable-sleep.ts";
import type { ProgressEntry, ProgressLimits } from "./progress-queue.ts";
import { PROGRESS_LIMITS, ProgressQueue } from "./progress-queue.ts";

const MAX_MESSAGE_CHARS = 10_000;
/** How often the last flush tries, the time between doubling from one interval. */
const LAST_ATTEMPTS = 5;
const MAX_RETRY_MS = 5_000;

/** What a reporter is made of. */
export interface ProgressReporterOptions {
  /** Writes reports in their order, in one transaction. */
  readonly write: (entries: readonly ProgressEntry[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<ProgressLimits>;
}

/** Somebody waits for the write of a report. */
interface Waiter {
  readonly report: number;
  readonly written: PromiseWithResolvers<void>;
}

/**
 * Brings the progress of one run to the store: one write at a time, quiet messages all of them, fast reports thinned, the last one
 * always. What comes during a write waits for the next one; what could not be written is tried again, before what came meanwhile.
 */
export class ProgressReporter {
  readonly #options: ProgressReporterOptions;
  readonly #limits: ProgressLimits;
  readonly #queue: ProgressQueue;
  readonly #sleep: WakeableSleep;
  /** Aborted never: the loop ends when nothing waits. */
  readonly #signal = new AbortController().signal;
  #waiters: Waiter[] = [];
  #loop: Promise<void> | undefined;
  #turn: Promise<void> | undefined;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #isSettling = false;
  /** Writes that failed since the last one that did not. */
  #failures = 0;
  #retryAtMs = 0;
  /** Why nothing more is written. */
  #lost: OptioError | undefined;

  constructor(options: ProgressReporterOptions) {
    this.#options = options;
    this.#limits = { ...PROGRESS_LIMITS, ...options.limits };
    this.#queue = new ProgressQueue(this.#limits);
    this.#sleep = new WakeableSleep(options.clock);
  }

  /**
   * Takes a report. One that comes at least an interval after the one before resolves when it is stored; in a series each resolves
   * in the next turn of the event loop, so that a loop that awaits them runs at its own speed.
   * @throws `invalid`, `stale-owner`; `store-failed` where it waited for the store, which gets the report later.
   */
  async report(percent: number | null, message?: string): Promise<void> {
    requireReport(percent, message);
    if (this.#lost) throw this.#lost;
    const nowMs = this.#options.clock.now();
    const isAlone = nowMs >= this.#reportedAtMs + this.#limits.intervalMs && this.#failures === 0;
    this.#reportedAtMs = nowMs;
    const { report, isReady } = this.#queue.add(percent, message, nowMs);
    const taken = isAlone ? this.#untilWritten(report) : this.#nextTurn();
    if (!this.#loop) this.#start();
    else if (isReady && this.#failures === 0) this.#sleep.wake();
    await taken.finally(() => {
      this.#reportedAtMs = this.#options.clock.now();
    });
  }

  /**
   * Writes everything that waits, after the write under way. Nothing may be reported from its call on. What the store still refuses
   * after some attempts is given up, which only the logger hears: no run fails for that.
   * @throws `stale-owner`.
   */
  async settle(): Promise<void> {
    this.#isSettling = true;
    this.#failures = 0;
    this.#retryAtMs = 0;
    this.#sleep.wake();
    if (!this.#loop) this.#start();
    await this.#loop;
    if (this.#lost) throw this.#lost;
  }

  #untilWritten(report: number): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.#waiters.push({ report, written });
    return written.promise;
  }

  /** One for all reports of the same turn. */
  #nextTurn(): Promise<void> {
    this.#turn ??= nextTurn().then(() => {
      this.#turn = undefined;
    });
    return this.#turn;
  }

  #start(): void {
    this.#loop = this.#writeUntilEmpty();
  }

  /** Never rejects. Says that it is over in the same step in which it finds nothing to do, so that no report falls between. */
  async #writeUntilEmpty(): Promise<void> {
    const { clock } = this.#options;
    // a report in the same step of the task is part of the first write
    await Promise.resolve();
    for (;;) {
      const dueAtMs = this.#dueAtMs();
      if (dueAtMs === undefined) break;
      if (dueAtMs > clock.now()) await this.#sleep.until(dueAtMs, this.#signal);
      else await this.#write(this.#queue.take(clock.now(), { everything: this.#isSettling }));
    }
    this.#loop = undefined;
  }

  #dueAtMs(): number | undefined {
    const nowMs = this.#options.clock.now();
    const dueAtMs = this.#queue.dueAtMs(nowMs);
    if (dueAtMs === undefined) return undefined;
    if (this.#failures > 0) return this.#retryAtMs;
    return this.#isSettling ? nowMs : dueAtMs;
  }

  async #write(entries: readonly ProgressEntry[]): Promise<void> {
    const { write, clock } = this.#options;
    const upTo = entries.at(-1)?.report ?? 0;
    try {
      await write(entries);
      this.#failures = 0;
      this.#queue.markWritten(clock.now());
      for (const { written } of this.#takeWaiters(upTo)) written.resolve();
    } catch (error) {
      this.#fail(toOptioError(error), entries);
    }
  }

  #fail(error: OptioError, entries: readonly ProgressEntry[]): void {
    const waiters = this.#takeWaiters(entries.at(-1)?.report ?? 0);
    for (const { written } of waiters) written.reject(error);
    if (error.code === "stale-owner") this.#lose(error);
    else this.#retry(error, entries, waiters.length > 0);
  }

  #retry(error: OptioError, entries: readonly ProgressEntry[], isTold: boolean): void {
    this.#failures += 1;
    this.#queue.putBack(entries);
    const { clock, logger } = this.#options;
    this.#retryAtMs = clock.now() + Math.min(this.#limits.intervalMs * 2 ** (this.#failures - 1), MAX_RETRY_MS);
    if (this.#failures === 1 && !isTold) {
      logger.warn({ error: error.message, code: error.code }, "progress could not be written; it is tried again");
    }
    if (this.#isSettling && this.#failures >= LAST_ATTEMPTS) this.#giveUp(error);
  }

  /** Another owner has the run, or it was ended by force. */
  #lose(error: OptioError): void {
    this.#lost = error;
    this.#queue.clear();
    for (const { written } of this.#takeWaiters(Number.POSITIVE_INFINITY)) written.reject(error);
  }

  #giveUp(error: OptioError): void {
    this.#queue.clear();
    this.#options.logger.error(
      { error: error.message, code: error.code },
      "the last progress of a run was not written",
    );
    for (const { written } of this.#takeWaiters(Number.POSITIVE_INFINITY)) written.reject(error);
  }

  #takeWaiters(upTo: number): Waiter[] {
    const taken = this.#waiters.filter(({ report }) => report <= upTo);
    this.#waiters = this.#waiters.filter(({ report }) => report > upTo);
    return taken;
  }
}

/** @throws `invalid`. */
function requireReport(percent: number | null, message: string | undefined): void {
  if (percent !== null && !(percent >= 0 && percent <= 100)) {
    throw new OptioError("invalid", `progress ${percent} is not between 0 and 100`);
  }
  if (message !== undefined && message.length > MAX_MESSAGE_CHARS) {
    const length = `${message.length} characters, ${MAX_MESSAGE_CHARS} are the most`;
    throw new OptioError("invalid", `the message of a progress report has ${length}`);
  }
}
