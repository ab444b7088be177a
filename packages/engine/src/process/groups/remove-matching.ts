import type { Filter } from "@optio/contract";
import type { ProcessRecord, Store } from "../../store/store.ts";

const PAGE = 200;

export interface RemoveDeps {
  readonly store: Store;
  readonly onRemoved: (ids: readonly string[]) => Promise<void>;
}

/** Removes every process that a filter matches now or that is named, with its descendants; what still runs stays. Answers how many are gone. */
export async function removeMatching(
  deps: RemoveDeps,
  filter: Filter,
  named: readonly ProcessRecord[],
): Promise<number> {
  const gone = await removeAll(
    deps,
    named.map(({ id }) => id),
  );
  let count = gone.length;
  let cursor: string | undefined;
  do {
    const page = await deps.store.processes.list({
      filter,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const removed = await removeAll(
      deps,
      page.items.map(({ id }) => id),
    );
    count += removed.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return count;
}

async function removeAll({ store, onRemoved }: RemoveDeps, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const gone = await store.processes.remove(ids);
  if (gone.length > 0) await onRemoved(gone);
  return gone;
}
