import type { ProcessSummary } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { EngineProcesses } from "./engine.ts";
import { defineProcess, removeProcess } from "./engine-definitions.ts";
import { createLogVerbs } from "./engine-log.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isLive } from "./engine-parts.ts";
import { waitOrAbort } from "./kernel/abort.ts";
import type { LaunchedRun } from "./process/processes.ts";
import { findDirectories, removeDirectories } from "./remove-directories.ts";
import type { Page, ProcessRecord } from "./store/store.ts";
import { toSummary } from "./summaries.ts";
import { waitForEnd } from "./wait-for-end.ts";

/** The verbs on processes. */
export function createEngineProcesses(parts: EngineParts): EngineProcesses {
  const { processes, services } = parts;
  const { store } = services;
  const summary = (record: ProcessRecord) => toSummary(record, isLive(parts, record.id));
  const page = ({ items, next }: Page<ProcessRecord>): Page<ProcessSummary> => ({ items: items.map(summary), next });
  const ended = async (id: string, signal?: AbortSignal) => summary(await waitForEnd(store, id, signal));
  return {
    ...createLogVerbs(parts),
    list: async (query) => page(await store.processes.list(query)),
    get: async (id) => summary(await processes.read(id)),
    async tree(id, query) {
      await processes.read(id);
      return page(await store.processes.tree(id, query));
    },
    launch: async (id, { resume = false } = {}) => summary(await processes.launch(id, { resume })),
    async run(id, { resume = false, signal } = {}) {
      const launched = await processes.launchRun(id, { resume });
      return summary(await endOfRun(parts, launched, signal));
    },
    launchForResult: <T extends object>(id: string, options: LaunchForResult = {}) =>
      launchForResult<T>(parts, id, options),
    define: async (task, options) => summary(await defineProcess(parts, task, options)),
    remove: (id) => removeProcess(parts, id),
    async cancel(id, { waitMs }) {
      const requested = await processes.cancel(id);
      if (waitMs === 0) return summary(requested);
      return ended(id, AbortSignal.timeout(waitMs)).catch(async () => summary(await processes.read(id)));
    },
    async dismiss(id) {
      // what a launch right after it makes is not among them
      const directories = await findDirectories(services, id);
      const record = await processes.dismiss(id);
      await removeDirectories(services, id, directories);
      await store.manifests.remove(id);
      return summary(record);
    },
    waitForEnd: ended,
  };
}

type LaunchForResult = NonNullable<Parameters<EngineProcesses["launchForResult"]>[1]>;

/** The record of a run at its end; of an ephemeral one as it was then. */
async function endOfRun(
  { services, processes }: EngineParts,
  { record, ended }: LaunchedRun,
  signal: AbortSignal | undefined,
): Promise<ProcessRecord> {
  const end = await waitOrAbort(ended, signal);
  // another owner carries on, or its end could not be written yet
  if (!("record" in end) || !end.record) return waitForEnd(services.store, record.id, signal);
  const now = await processes.read(record.id).catch(() => undefined);
  return now?.run === record.run ? now : end.record;
}

async function launchForResult<T extends object>(
  parts: EngineParts,
  id: string,
  { resume = false, timeoutMs, signal }: LaunchForResult,
): Promise<T> {
  const { clock } = parts.services;
  const over = new AbortController();
  const { result } = await parts.processes.launchRun(id, { resume });
  const timeout =
    timeoutMs !== undefined &&
    clock.sleep(timeoutMs, over.signal).then(() => {
      throw new OptioError("timeout", `'${id}' published no result within ${timeoutMs} ms; its run goes on`);
    });
  try {
    const value = await waitOrAbort(timeout ? Promise.race([result, timeout]) : result, signal);
    // what was published is what the caller's own program put there
    return value as T;
  } finally {
    over.abort();
    if (timeout) timeout.catch(() => undefined);
  }
}
