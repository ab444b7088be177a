import { OptioError, toOptioError } from "@optio/contract";
import type { EngineParts } from "./engine-parts.ts";
import { checkTask } from "./process/definitions/check-task.ts";
import { removeSubtree } from "./process/definitions/remove-trees.ts";
import { toProcess } from "./process/definitions/to-process.ts";
import type { TaskDefinition } from "./process/task.ts";
import { removeDirectories } from "./remove-directories.ts";
import { initialFacts } from "./session/open-work.ts";
import type { ProcessRecord } from "./store/store.ts";

/**
 * Adds a process that no definition names; below a parent its id is `<parent>.<id>` and it inherits the parent's metadata.
 * @throws `invalid`, `id-taken`, `launch-blocked`, `shutting-down`, `not-found` for the parent.
 */
export async function defineProcess(
  parts: EngineParts,
  task: TaskDefinition,
  { parent, ephemeral = false }: { parent?: string; ephemeral?: boolean } = {},
): Promise<ProcessRecord> {
  checkTask(task, { hasAgent: (id) => parts.kinds.has(id) });
  const above = parent === undefined ? undefined : await parts.processes.read(parent);
  const place = { adhoc: true, ephemeral, sessionFacts: (session: Session) => initialFacts(session, null) };
  const process = toProcess(task, { ...place, ...(above && { parent: above.id }) });
  const record = await parts.processes.create(
    above
      ? { ...process, id: `${above.id}.${task.id}`, metadata: { ...above.metadata, ...process.metadata } }
      : process,
  );
  parts.adhocTasks.set(record.id, task);
  if (record.schedule) parts.schedules.wake();
  return record;
}

type Session = NonNullable<TaskDefinition["session"]>;

/**
 * Removes an ad-hoc process with its descendants, cancelling what runs first.
 * @throws `not-found`, `not-dismissable` for a definition's, and when it cannot be stopped.
 */
export async function removeProcess(parts: EngineParts, id: string): Promise<void> {
  const record = await parts.processes.read(id);
  if (!record.adhoc)
    throw new OptioError(
      "not-dismissable",
      `process '${id}' ${record.parent === null ? "has a definition; take that away and resync" : "goes with its parent"}`,
    );
  const cancel = (member: string) => parts.processes.stop(member);
  const gone = await removeSubtree({ ...endRunsDeps(parts), cancel }, id);
  if (!gone) throw new OptioError("not-dismissable", `process '${id}' could not be stopped; cancel it and try again`);
}

/** What ending and removing many processes needs. */
export function endRunsDeps({ services, processes, onRemoved, endCeilingMs }: EngineParts) {
  const { store, clock, logger } = services;
  return { store, clock, logger, onRemoved, ceilingMs: endCeilingMs, cancel: (id: string) => processes.cancel(id) };
}

/** Removes what belonged to processes outside their records: directories, and what was in memory. Never rejects. */
export async function removeLeftovers(
  parts: Pick<EngineParts, "services" | "adhoc" | "adhocTasks">,
  ids: readonly string[],
): Promise<void> {
  const { services, adhoc, adhocTasks } = parts;
  for (const id of ids) {
    adhocTasks.delete(id);
    adhoc.forget(id);
    try {
      await removeDirectories(services, id);
    } catch (error) {
      const { message } = toOptioError(error);
      services.logger.error({ process: id, error: message }, "could not remove the directories of a process");
    }
  }
}
