import type { Filter } from "@optio/contract";
import { canonicalFilter, isEmptyFilter, matchesFilter, OptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import { newId } from "../kernel/random.ts";
import type { BlockStore, NewProcess, ProcessRecord } from "../store/store.ts";

/** A launch block: what it matches is not launched. */
export interface LaunchBlock {
  readonly id: string;
  readonly filter: Filter;
  readonly reason: string | null;
  /** Survives a restart, and counts for every engine of the store. */
  readonly persistent: boolean;
  readonly createdAt: number;
}

/** What a block is compared with: a stored process, or one about to be stored. */
export type BlockSubject = ProcessRecord | NewProcess;

/** A block that is lifted when its scope is left; others with the same filter stay. */
export interface HeldBlock extends AsyncDisposable {
  readonly block: LaunchBlock;
}

/**
 * The launch blocks that count in this engine: its own in memory, and the persistent ones, which are read with every launch so that
 * those of other engines count at once.
 */
export class LaunchBlocks {
  readonly #stored: BlockStore;
  readonly #clock: Clock;
  readonly #memory = new Map<string, LaunchBlock>();
  readonly #admitted = new Set<Promise<unknown>>();

  constructor(options: { stored: BlockStore; clock: Clock }) {
    this.#stored = options.stored;
    this.#clock = options.clock;
  }

  /** @throws `launch-blocked` naming the filter and its reason when a block matches. */
  async refuse(subject: BlockSubject): Promise<void> {
    const found = (await this.list()).find(({ filter }) => matchesFilter(filter, subject));
    if (!found) return;
    const reason = found.reason === null ? "" : ` (${found.reason})`;
    throw new OptioError(
      "launch-blocked",
      `process '${subject.id}' is blocked by ${JSON.stringify(found.filter)}${reason}`,
      { data: { blockId: found.id, reason: found.reason } },
    );
  }

  /**
   * Refuses what a block matches, else does the work that claims the run; whoever adds a block can wait until what was admitted
   * before it has claimed. @throws `launch-blocked`, and what the work throws.
   */
  async admit<T>(subject: BlockSubject, claim: () => Promise<T>): Promise<T> {
    const admission = this.refuse(subject).then(claim);
    const settled = admission.then(
      () => undefined,
      () => undefined,
    );
    this.#admitted.add(settled);
    void settled.then(() => this.#admitted.delete(settled));
    return admission;
  }

  /** Resolves when every launch that this engine admitted so far has claimed its run or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#admitted);
  }

  /** Oldest first. */
  async list(): Promise<readonly LaunchBlock[]> {
    const stored = await this.#stored.list();
    if (this.#memory.size === 0) return stored.map(toPersistent);
    return [...stored.map(toPersistent), ...this.#memory.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  /**
   * Adds a block. A persistent one with the filter of another persistent one becomes one with it: their reasons are joined.
   * @throws `invalid-filter` for an empty filter or one that is not of the language.
   */
  async add(options: { filter: Filter; reason?: string | undefined; persistent: boolean }): Promise<LaunchBlock> {
    refuseEmpty(options.filter, "a block of everything");
    const { filter, reason = null } = options;
    const block = { id: newId("b"), filter, reason, createdAt: this.#clock.now() };
    if (options.persistent) return toPersistent(await this.#stored.put(block));
    const inMemory = { ...block, persistent: false };
    this.#memory.set(block.id, inMemory);
    return inMemory;
  }

  /** Adds a block for a scope: leaving it lifts this one alone, unless it is persistent. @throws `invalid-filter`. */
  async hold(options: { filter: Filter; reason?: string | undefined; persistent: boolean }): Promise<HeldBlock> {
    const block = await this.add(options);
    return {
      block,
      [Symbol.asyncDispose]: async () => {
        this.#memory.delete(block.id);
      },
    };
  }

  /** Lifts blocks by filter (its canonical form) or id, persistent or not. Answers how many are gone. @throws `invalid-filter`. */
  async lift(which: { readonly filter: Filter } | { readonly id: string }): Promise<number> {
    if ("filter" in which) refuseEmpty(which.filter, "lifting every block at once");
    const isMeant = "filter" in which ? isFilter(which.filter) : ({ id }: LaunchBlock) => id === which.id;
    const inMemory = [...this.#memory.values()].filter(isMeant);
    for (const { id } of inMemory) this.#memory.delete(id);
    return inMemory.length + (await this.#stored.remove(which));
  }
}

/** @throws `invalid-filter` for one that matches everything, in any spelling, and for one that is not of the language. */
export function refuseEmpty(filter: Filter, what: string): void {
  if (isEmptyFilter(filter))
    throw new OptioError("invalid-filter", `filter: it matches everything, and ${what} is not possible; name a field`);
}

function isFilter(filter: Filter): (block: LaunchBlock) => boolean {
  const canonical = canonicalFilter(filter);
  return (block) => canonicalFilter(block.filter) === canonical;
}

function toPersistent(stored: Omit<LaunchBlock, "persistent">): LaunchBlock {
  return { ...stored, persistent: true };
}
