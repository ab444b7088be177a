import { setImmediate as nextTurn } from "node:timers/promises";
import type { OptioError } from "@optio/contract";
import { FakeClock } from "../../kernel/fake-clock.test-support.ts";
import type { Logger } from "../../kernel/logger.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { ProgressEntry, ProgressLimits } from "./progress-queue.ts";
import { ProgressReporter } from "./progress-reporter.ts";

/** A write that the store took. */
export interface Taken {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly entries: readonly ProgressEntry[];
}

/** A reporter over a store that takes the time and refuses what a test says, at a clock of its own. */
export class ReporterRoom {
  readonly clock = new FakeClock(0);
  readonly taken: Taken[] = [];
  readonly logged: string[] = [];
  /** Sent to the store, also what it refused. */
  attempts = 0;
  /** Writes under way. */
  writing = 0;
  mostWriting = 0;
  /** Of the next writes, the last one of all that follow. */
  durationsMs: number[] = [0];
  /** What the store answers instead of taking a write. */
  refusal: OptioError | undefined;
  readonly reporter: ProgressReporter;

  constructor(limits: Partial<ProgressLimits> = {}) {
    const log = (_: unknown, text: unknown) => this.logged.push(String(text));
    const logger: Logger = Object.assign(Object.create(silentLogger), { warn: log, error: log });
    this.reporter = new ProgressReporter({
      write: (entries) => this.#write(entries),
      clock: this.clock,
      logger,
      limits,
    });
  }

  /** Log lines so far: messages, and summaries as "(n)". */
  get lines(): string[] {
    return this.taken.flatMap(({ entries }) => entries.flatMap(toLine));
  }

  /** The percent that the record has. */
  get percent(): number | null | undefined {
    const values = this.taken.flatMap(({ entries }) => entries.filter((entry) => entry.kind !== "dropped"));
    return values.at(-1)?.percent;
  }

  /** Reports without waiting; a refusal is another test's matter. */
  report(percent: number | null, message?: string): void {
    this.reporter.report(percent, message).catch(() => undefined);
  }

  /** Lets the time pass in small steps, with all that happens in it. */
  async pass(ms: number, stepMs = 5): Promise<void> {
    await turns();
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed));
      await turns();
    }
  }

  /** The end of the run, as long as it takes. */
  async settle(): Promise<void> {
    const over = new AbortController();
    const settled = this.reporter.settle().finally(() => over.abort());
    settled.catch(() => undefined);
    while (!over.signal.aborted) await this.pass(5);
    await settled;
  }

  async #write(entries: readonly ProgressEntry[]): Promise<void> {
    const { refusal, clock } = this;
    const beganAtMs = clock.now();
    this.attempts += 1;
    this.writing += 1;
    this.mostWriting = Math.max(this.mostWriting, this.writing);
    try {
      const ms = (this.durationsMs.length > 1 ? this.durationsMs.shift() : this.durationsMs[0]) ?? 0;
      if (ms > 0) await clock.sleep(ms);
      if (refusal) throw refusal;
      this.taken.push({ beganAtMs, endedAtMs: clock.now(), entries });
    } finally {
      this.writing -= 1;
    }
  }
}

function toLine(entry: ProgressEntry): string[] {
  if (entry.kind === "percent") return [];
  return [entry.kind === "message" ? entry.message : `(${entry.count})`];
}

/** Everything that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (const _ of [1, 2, 3]) await nextTurn();
}
