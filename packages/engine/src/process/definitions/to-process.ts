import type { NewProcess, SessionFacts } from "../../store/store.ts";
import { parseSchedule } from "../schedules/next-fire.ts";
import type { TaskDefinition } from "../task.ts";

/** What a stored process has besides what its task says. */
export interface ProcessPlace {
  /** Facts of a session before its first run; called for tasks that are sessions. */
  readonly sessionFacts: (session: NonNullable<TaskDefinition["session"]>) => SessionFacts;
  /** Default false: the task is a definition. */
  readonly adhoc?: boolean;
  readonly parent?: string;
  readonly ephemeral?: boolean;
}

/** The process that stands for a task in the store. Contract: the task was checked. */
export function toProcess(task: TaskDefinition, place: ProcessPlace): NewProcess {
  const { session } = task;
  return {
    id: task.id,
    kind: session ? "session" : "task",
    agent: session?.agent ?? null,
    name: task.name,
    description: task.description ?? null,
    params: task.params ?? {},
    metadata: task.metadata ?? {},
    adhoc: place.adhoc ?? false,
    ephemeral: place.ephemeral ?? false,
    sealedConfig: null,
    parent: place.parent ?? null,
    special: task.special ?? false,
    warning: task.warning ?? null,
    uiWidget: task.uiWidget ?? null,
    schedule: task.schedule === undefined ? null : parseSchedule(task.schedule),
    ttlSeconds: task.ttlSeconds ?? null,
    autoResume: task.autoResume ?? false,
    cancellable: task.cancellable ?? true,
    supportsResume: task.supportsResume ?? false,
    session: session ? place.sessionFacts(session) : null,
  };
}
