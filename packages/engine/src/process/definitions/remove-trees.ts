import { ACTIVE_STATES, stateIn } from "@optio/contract";
import type { ProcessRecord, Store } from "../../store/store.ts";
import type { EndRunsDeps } from "../groups/end-runs.ts";
import { cancelAll, untilEnded } from "../groups/end-runs.ts";

/** Most ids in one filter. */
const CHUNK = 500;

export interface RemoveTreesDeps extends EndRunsDeps {
  /** Longest wait for the runs of the trees: the longest grace and what an end by force takes. */
  readonly ceilingMs: number;
  /** Called with what was removed, for what is kept outside the store. */
  readonly onRemoved: (ids: readonly string[]) => Promise<void>;
  /** Ends the wait; the records of what still runs then stay. */
  readonly signal?: AbortSignal;
}

/**
 * Ends every run of the trees, whether a person may cancel it or not, and removes them with their descendants.
 * @returns the roots that are gone: a tree that could not be ended stays and is logged.
 */
export async function removeTrees(deps: RemoveTreesDeps, roots: readonly string[]): Promise<readonly string[]> {
  const gone: string[] = [];
  for (let at = 0; at < roots.length; at += CHUNK) gone.push(...(await removeChunk(deps, roots.slice(at, at + CHUNK))));
  const left = roots.filter((id) => !gone.includes(id));
  if (left.length > 0) deps.logger.warn({ processes: left.join(", ") }, "not removed: they could not be ended");
  return roots.filter((id) => gone.includes(id));
}

/** The same for one process with its descendants, wherever it stands. False when it could not be ended. */
export async function removeSubtree(deps: RemoveTreesDeps, id: string): Promise<boolean> {
  const gone = await endAndRemove(deps, [id], await activeBelow(deps.store, id));
  return gone.includes(id);
}

async function removeChunk(deps: RemoveTreesDeps, roots: readonly string[]): Promise<readonly string[]> {
  return endAndRemove(deps, roots, await deps.store.processes.listActive({ root: { in: roots } }));
}

async function activeBelow(store: Store, id: string): Promise<readonly ProcessRecord[]> {
  const active: ProcessRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.processes.tree(id, { limit: CHUNK, ...(cursor !== undefined && { cursor }) });
    active.push(...page.items.filter(({ state }) => stateIn(state, ACTIVE_STATES)));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return active;
}

async function endAndRemove(
  deps: RemoveTreesDeps,
  ids: readonly string[],
  active: readonly ProcessRecord[],
): Promise<readonly string[]> {
  const { store, ceilingMs, signal, onRemoved } = deps;
  if (active.length > 0) {
    // whether a person may cancel it is another question
    const askable = active.map((record) => ({ ...record, cancellable: true }));
    await cancelAll(deps, askable);
    await untilEnded(deps, active, { timeoutMs: ceilingMs, signal });
  }
  const gone = await store.processes.remove(ids);
  if (gone.length > 0) await onRemoved(gone);
  return gone;
}
