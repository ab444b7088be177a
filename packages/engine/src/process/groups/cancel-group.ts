import type { Filter } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { ProcessRecord } from "../../store/store.ts";
import type { LaunchBlocks } from "../launch-blocks.ts";
import { refuseEmpty } from "../launch-blocks.ts";
import type { EndRunsDeps } from "./end-runs.ts";
import { cancelAll, untilEnded } from "./end-runs.ts";
import { removeMatching } from "./remove-matching.ts";

export interface CancelGroupDeps extends EndRunsDeps {
  readonly blocks: LaunchBlocks;
  /** Longest wait for runs that are to be removed: the longest grace and what an end by force takes. */
  readonly ceilingMs: number;
  /** Called with what was removed, for what is kept outside the store. */
  readonly onRemoved: (ids: readonly string[]) => Promise<void>;
}

export interface CancelGroupOptions {
  readonly filter: Filter;
  /** Wait so long for all of them to end; default 0, with `purge` at least until the grace of all is over. */
  readonly waitMs?: number | undefined;
  readonly block?: boolean | undefined;
  readonly persist?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly purge?: boolean | undefined;
}

/** What a group call did. */
export interface GroupOutcome {
  /** How many were asked to end. */
  readonly cancelled: number;
  /** All of them have ended, and those that were ending already. */
  readonly ended: boolean;
  /** How many records are gone, those of descendants counted too. */
  readonly purged: number;
  /** The block that stays. */
  readonly blockId: string | null;
}

/**
 * Cancels every active process that the filter matches: block first, then all at once, then those that slipped in; then waits,
 * removes what matches, and lifts the block unless it persists. A run that calls this for itself waits for its own end in vain, for
 * `waitMs` at most.
 * @throws `invalid-filter` for an empty or unknown one, `invalid-persist-without-block`.
 */
export async function cancelGroup(deps: CancelGroupDeps, options: CancelGroupOptions): Promise<GroupOutcome> {
  const { filter, block = false, persist = false, purge = false, reason, waitMs = 0 } = options;
  refuseEmpty(filter, "cancelling everything");
  if (persist && !block)
    throw new OptioError(
      "invalid-persist-without-block",
      "persist: needs block; ask for the block too, or leave it out",
    );
  await using held = block ? await deps.blocks.hold({ filter, reason, persistent: persist }) : undefined;
  // what was admitted before the block counts as running
  if (held) await deps.blocks.settled();
  const members = await deps.store.processes.listActive(filter);
  const asked = await cancelAll(deps, members);
  // another engine's launches hear of a persistent block only
  const late = held ? await newcomers(deps, filter, members) : [];
  asked.push(...(await cancelAll(deps, late)));
  const ending = [...members, ...late].filter((record) => asked.includes(record) || isEnding(record));
  const timeoutMs = purge ? Math.max(waitMs, deps.ceilingMs) : waitMs;
  const left = timeoutMs > 0 ? await untilEnded(deps, ending, { timeoutMs }) : await stillActive(deps, ending);
  const purged = purge ? await removeMatching(deps, filter, [...members, ...late]) : 0;
  return {
    cancelled: asked.length,
    ended: left.length === 0,
    purged,
    blockId: held?.block.persistent ? held.block.id : null,
  };
}

async function newcomers(
  { store }: CancelGroupDeps,
  filter: Filter,
  members: readonly ProcessRecord[],
): Promise<ProcessRecord[]> {
  const known = new Set(members.map(runOf));
  return (await store.processes.listActive(filter)).filter((record) => !known.has(runOf(record)));
}

function runOf({ id, run }: ProcessRecord): string {
  return `${id} ${run}`;
}

function isEnding({ state }: ProcessRecord): boolean {
  return state === "cancel_requested" || state === "cancelling";
}

function stillActive(deps: CancelGroupDeps, records: readonly ProcessRecord[]): Promise<readonly string[]> {
  return untilEnded(deps, records, { timeoutMs: 0 });
}
