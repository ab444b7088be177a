import type { ProcessSummary } from "@optio/contract";
import { END_STATES, stateIn } from "@optio/contract";
import type { EngineProcesses } from "./engine.ts";
import { createLogVerbs } from "./engine-log.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isLive } from "./engine-parts.ts";
import { waitOrAbort } from "./kernel/abort.ts";
import { MARKER_FILE } from "./session/resources/workspace.ts";
import type { ProcessRecord } from "./store/store.ts";
import { toSummary } from "./summaries.ts";

/** The verbs on processes. */
export function createEngineProcesses(parts: EngineParts): EngineProcesses {
  const { processes, services } = parts;
  const { store } = services;
  const summary = (record: ProcessRecord) => toSummary(record, isLive(parts, record.id));
  return {
    async list(query) {
      const page = await store.processes.list(query);
      return { items: page.items.map(summary), next: page.next };
    },
    get: async (id) => summary(await processes.read(id)),
    ...createLogVerbs(parts),
    launch: async (id, options) => summary(await processes.launch(id, options)),
    async cancel(id, { waitMs }) {
      const requested = await processes.cancel(id);
      if (waitMs === 0) return summary(requested);
      return waitForEnd(parts, id, AbortSignal.timeout(waitMs)).catch(async () => summary(await processes.read(id)));
    },
    async dismiss(id) {
      const seen = await processes.read(id);
      if (stateIn(seen.state, END_STATES)) await removeDirectories(parts, seen);
      const record = await processes.dismiss(id);
      await store.manifests.remove(id);
      return summary(record);
    },
    waitForEnd: (id, signal) => waitForEnd(parts, id, signal),
  };
}

/** Resolves with the record once its run has ended; rejects on abort. */
export async function waitForEnd(parts: EngineParts, id: string, signal?: AbortSignal): Promise<ProcessSummary> {
  const { store } = parts.services;
  const ended = Promise.withResolvers<void>();
  using _ = store.onCommit((notice) => {
    const over = notice.envelopes.some(
      ({ event }) => event.type === "process.state_changed" && stateIn(event.to, END_STATES),
    );
    if (notice.processId === id && over) ended.resolve();
  });
  const record = await parts.processes.read(id);
  const over = stateIn(record.state, END_STATES);
  if (!over) await waitOrAbort(ended.promise, signal);
  return toSummary(over ? record : await parts.processes.read(id), isLive(parts, id));
}

/** Removes the directories that the engine made for a process: only those whose marker names it. */
async function removeDirectories({ services }: EngineParts, record: ProcessRecord): Promise<void> {
  const { files } = services.host;
  const root = `${services.tasksRoot}/${record.id}`;
  if (!(await files.stat(root))) return;
  for (const name of await files.list(root)) {
    const marker = await files.readText(`${root}/${name}/${MARKER_FILE}`);
    if (marker?.trim() === record.id) await files.remove(`${root}/${name}`);
  }
  if ((await files.list(root)).length === 0) await files.remove(root);
}
