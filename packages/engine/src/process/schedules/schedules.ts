import { toOptioError } from "@optio/contract";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import { WakeableSleep } from "../../kernel/wakeable-sleep.ts";
import type { ProcessRecord, Store } from "../../store/store.ts";
import { nextFire } from "./next-fire.ts";

/** A fire that an engine finds so late, because it was suspended, was missed. */
const SUSPENDED_MS = 60_000;
/** A fire that is due while an engine starts is not missed: another engine may be about to take it. */
const STARTING_MS = 1_000;
/** How long a store that fails is left alone. */
const RETRY_MS = 10_000;

export interface SchedulesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this engine has the task; what it has not is for another engine to launch. */
  readonly knows: (record: ProcessRecord) => Promise<boolean>;
  /** Launches fresh. Contract: rejects when the launch is refused. */
  readonly launch: (id: string) => Promise<unknown>;
}

/**
 * Launches tasks by their schedules. The next fire stands in the record; of several engines on a store the one that moves it on
 * launches. A refused launch is logged and dropped.
 */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #sleep: WakeableSleep;

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#sleep = new WakeableSleep(options.clock);
  }

  /** Looks at the records again: schedules have changed. */
  wake(): void {
    this.#sleep.wake();
  }

  /** Fires until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const startedAt = clock.now();
    while (!signal.aborted) {
      try {
        const next = await this.#fireDue(startedAt, signal);
        await this.#sleep.until(next, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ error: toOptioError(error).message }, "could not follow the schedules");
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Fires whatever is due. Answers the instant of the next one; undefined when there is none. */
  async #fireDue(startedAt: number, signal: AbortSignal): Promise<number | undefined> {
    const { store, knows } = this.#options;
    const due: (number | undefined)[] = [];
    for (const record of await store.processes.listScheduled()) {
      if (signal.aborted) return undefined;
      if (await knows(record)) due.push(await this.#followSafely(record, startedAt));
    }
    const known = due.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** One record that cannot be followed must not stop the others. */
  async #followSafely(record: ProcessRecord, startedAt: number): Promise<number | undefined> {
    try {
      return await this.#follow(record, startedAt);
    } catch (error) {
      const { message } = toOptioError(error);
      this.#options.logger.error({ process: record.id, error: message }, "could not follow a schedule");
      return this.#options.clock.now() + RETRY_MS;
    }
  }

  /** One record: sets its next fire, or fires it when it is due. Answers the instant of its next fire. */
  async #follow(record: ProcessRecord, startedAt: number): Promise<number | undefined> {
    const { clock, store } = this.#options;
    const { id, schedule, nextFireAt } = record;
    if (schedule === null) return undefined;
    const now = clock.now();
    if (nextFireAt !== null && nextFireAt > now) return nextFireAt;
    const next = nextFire(schedule, now);
    // another engine was faster: it launches
    if (!(await store.processes.takeFire(id, nextFireAt, next))) return next ?? undefined;
    if (nextFireAt !== null) {
      const isMissed = nextFireAt < Math.max(startedAt - STARTING_MS, now - SUSPENDED_MS);
      if (!isMissed || schedule.misfire === "once") await this.#launch(id, nextFireAt);
      else this.#options.logger.info({ process: id, dueAt: nextFireAt }, "a fire of the schedule was missed");
    }
    return next ?? undefined;
  }

  async #launch(id: string, dueAt: number): Promise<void> {
    try {
      await this.#options.launch(id);
    } catch (error) {
      const { code, message } = toOptioError(error);
      this.#options.logger.warn({ process: id, dueAt, code, error: message }, "a scheduled launch was refused");
    }
  }
}
