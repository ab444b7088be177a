import { toOptioError } from "@optio/contract";
import type { ProcessContext } from "../task.ts";
import type { Ownerships } from "./ownerships.test-support.ts";

/** How a body takes its signal. */
export type BodyStyle = "heeding" | "stubborn";

/** A body that a test holds in its hand. */
export class ModelBody {
  readonly engine: string;
  readonly ctx: ProcessContext;
  /** Texts of writes that were taken. */
  readonly taken: string[] = [];
  readonly refused: string[] = [];
  isOver = false;
  readonly #index: number;
  readonly #ownerships: Ownerships;
  readonly #end = Promise.withResolvers<unknown>();
  #count = 0;

  constructor(index: number, engine: string, ctx: ProcessContext, ownerships: Ownerships) {
    this.#index = index;
    this.engine = engine;
    this.ctx = ctx;
    this.#ownerships = ownerships;
    this.#end.promise.then(
      () => this.#leave(),
      () => this.#leave(),
    );
  }

  get isLost(): boolean {
    return this.#ownerships.isLost(this.engine, this.ctx.key);
  }

  run(style: BodyStyle): Promise<unknown> {
    const { signal, detachSignal } = this.ctx;
    if (style === "heeding") {
      const heed = () => this.#end.reject(signal.reason);
      if (signal.aborted) heed();
      signal.addEventListener("abort", heed);
    }
    detachSignal.addEventListener("abort", () => this.end("detached"));
    return this.#end.promise;
  }

  end(value?: unknown): void {
    this.#end.resolve(value);
  }

  fail(): void {
    this.#end.reject(new Error("the body failed"));
  }

  /** One more line of its log. A refusal is noted, whatever else goes wrong is a problem. */
  async write(): Promise<void> {
    this.#count += 1;
    const text = `body ${this.#index} line ${this.#count}`;
    const wasLost = this.isLost;
    try {
      await this.ctx.log("info", text);
      this.taken.push(text);
      if (wasLost) this.#ownerships.problems.push(`a loser wrote '${text}' into '${this.ctx.processId}'`);
    } catch (error) {
      this.refused.push(text);
      const { code, message } = toOptioError(error);
      if (code !== "stale-owner") this.#ownerships.problems.push(`'${text}' was refused with ${code}: ${message}`);
    }
  }

  /** A child, held in the hand too; how it ends is the test's to see in the store. */
  startChild(id: string, execute: (ctx: ProcessContext) => Promise<unknown>, survives: boolean): void {
    const options = { surviveFailure: survives, surviveCancel: survives };
    this.ctx.runChild({ id, name: id, execute }, options).catch(() => undefined);
  }

  startGroup(ids: readonly string[], execute: (ctx: ProcessContext) => Promise<unknown>): void {
    const spawnAll = this.ctx.parallel(
      async (group) => {
        for (const id of ids) await group.spawn({ id, name: id, execute });
      },
      { concurrency: 2 },
    );
    spawnAll.catch(() => undefined);
  }

  #leave(): void {
    this.isOver = true;
  }
}
