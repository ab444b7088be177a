import type { Filter } from "@optio/contract";
import { matchesFilter } from "@optio/contract";
import type { ProcessRecord, Store } from "../../store/store.ts";
import type { TaskDefinition } from "../task.ts";

const PAGE = 500;

/** Records of definitions: roots that were not made by a call. */
export async function listDefined(store: Store): Promise<readonly ProcessRecord[]> {
  const found: ProcessRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.processes.list({
      filter: { depth: 0, adhoc: false },
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** Whether a sync with a filter is about a task: what it says now, or what its record says, is matched. */
export function isMeant(task: TaskDefinition, record: ProcessRecord | undefined, filter: Filter): boolean {
  if (record && recordMatches(record, filter)) return true;
  const { execute: _, session, ...facts } = task;
  const definition = {
    metadata: {},
    schedule: null,
    ...facts,
    kind: session ? "session" : "task",
    agent: session?.agent ?? null,
    adhoc: false,
    parent: null,
    root: task.id,
    depth: 0,
  };
  return matchesFilter(filter, { state: "idle", ...record, ...definition });
}

/** Whether a filter matches a stored process. */
export function recordMatches(record: ProcessRecord, filter: Filter): boolean {
  return matchesFilter(filter, record);
}
