import type { FeedPiece } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isLive } from "./engine-parts.ts";
import { toSummary } from "./summaries.ts";

const PAGE = 200;

/** Summaries as they change and the count of pending decisions; ends on abort. */
export async function* followFeed(
  parts: EngineParts,
  options: { after?: number; signal: AbortSignal },
): AsyncGenerator<FeedPiece, void, undefined> {
  const { store } = parts.services;
  const { signal } = options;
  let wake = Promise.withResolvers<void>();
  using _ = store.onCommit((notice) => {
    if (notice.changeId !== null) wake.resolve();
  });
  const stop = () => wake.resolve();
  signal.addEventListener("abort", stop, { once: true });
  let cursor = options.after ?? (await store.processes.lastChange());
  let pending = -1;
  while (!signal.aborted) {
    wake = Promise.withResolvers<void>();
    const count = await store.decisions.countPending();
    if (count !== pending) {
      pending = count;
      yield { changeId: cursor, frame: { type: "decisions", pending: count } };
    }
    const changed = await store.processes.changedSince(cursor, PAGE);
    for (const record of changed) {
      cursor = record.changeId;
      yield { changeId: cursor, frame: { type: "process", process: toSummary(record, isLive(parts, record.id)) } };
    }
    if (changed.length < PAGE && !signal.aborted) await wake.promise;
  }
}
