import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";

/**
 * Where the calls of one engine to its store wait until a test lets them go. While it is shut no call goes out and no answer comes in,
 * as with an OS process that was stopped at that instant; what was under way at the store is carried out.
 */
export class EngineGate {
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #quiet = Promise.withResolvers<void>();
  #opened: PromiseWithResolvers<void> | undefined;

  get isShut(): boolean {
    return this.#opened !== undefined;
  }

  /** Whether calls of this engine are under way. */
  get isUsed(): boolean {
    return this.#underWay > 0;
  }

  /** Calls that could go out now. */
  get waiting(): number {
    return this.isShut ? 0 : this.#waiting.length;
  }

  shut(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /** Resolves while it is open. */
  async whenOpen(): Promise<void> {
    while (this.#opened) await this.#opened.promise;
  }

  /** Does the work when it is let go, and answers when the gate is open. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#quiet.resolve();
      await this.whenOpen();
    }
  }

  /** Lets so many calls go, oldest first; resolves when they are done and what follows from them waits in turn. */
  async letGo(count: number): Promise<void> {
    const going = this.isShut ? [] : this.#waiting.splice(0, count);
    if (going.length > 0) {
      this.#quiet = Promise.withResolvers();
      this.#underWay += going.length;
      for (const go of going) go();
      await this.#quiet.promise;
    }
    await turn();
  }
}

/** A clock whose sleeper is not woken while the gate is shut. */
export function gatedClock(clock: Clock, gate: EngineGate): Clock {
  return {
    now: () => clock.now(),
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      await gate.whenOpen();
      signal?.throwIfAborted();
    },
  };
}
