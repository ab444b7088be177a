import type { Filter } from "@optio/contract";
import { OptioError, toOptioError } from "@optio/contract";
import { Serial } from "../../kernel/serial.ts";
import type { ProcessRecord, SessionFacts, Store } from "../../store/store.ts";
import type { TaskDefinition, TaskServices } from "../task.ts";
import { checkTask } from "./check-task.ts";
import { isMeant, listDefined, recordMatches } from "./in-scope.ts";
import { toProcess } from "./to-process.ts";

/** Where definitions come from: a list, or a function that is called with every resync and may leave out what the filter does not match. */
export type TaskSource =
  | readonly TaskDefinition[]
  | ((
      services: TaskServices,
      filter: Filter | undefined,
    ) => readonly TaskDefinition[] | Promise<readonly TaskDefinition[]>);

/** What reading the definitions again changed. */
export interface ResyncOutcome {
  /** Definitions there are now. */
  readonly defined: number;
  /** Ids whose records were made. */
  readonly added: readonly string[];
  /** Ids of roots whose records are gone. */
  readonly removed: readonly string[];
}

export interface DefinitionsOptions {
  readonly store: Store;
  readonly source: TaskSource;
  readonly services: TaskServices;
  readonly hasAgent: (id: string) => boolean;
  readonly sessionFacts: (session: NonNullable<TaskDefinition["session"]>) => SessionFacts;
  /** Ends every run of the trees and removes their records with all that belongs to them. Answers the roots that are gone. */
  readonly removeTrees: (roots: readonly string[]) => Promise<readonly string[]>;
  /** Called after the records follow the definitions: schedules may have changed. */
  readonly onSynced: () => void;
}

/** One reading of the source, compared with the store. */
interface Reading {
  /** What this sync defines, checked. */
  readonly tasks: readonly TaskDefinition[];
  /** Roots of definitions in the store, those that this sync is about. */
  readonly roots: readonly ProcessRecord[];
  /** Those of them that no definition names any more. */
  readonly stale: readonly string[];
}

/** The tasks that the program defines, and their records. */
export class Definitions {
  readonly #options: DefinitionsOptions;
  readonly #serial = new Serial();
  #registry: ReadonlyMap<string, TaskDefinition> = new Map();

  constructor(options: DefinitionsOptions) {
    this.#options = options;
  }

  /** The definition of that id, if the program has one now. */
  find(id: string): TaskDefinition | undefined {
    return this.#registry.get(id);
  }

  /**
   * The first sync. `adopt` is called when the definitions are known and nothing is removed yet: what an earlier engine left running is
   * picked up or ended first. @throws `config-refused`; nothing has changed then.
   */
  async open(adopt: () => Promise<void>): Promise<ResyncOutcome> {
    return this.#serial.run(async () => {
      const reading = await this.#read(undefined);
      const added = await this.#define(reading, undefined);
      await adopt();
      return this.#synced(added, await this.#options.removeTrees(reading.stale));
    });
  }

  /**
   * Reads the definitions again and makes the records follow; one call at a time. What a filter does not match is left alone; `clean`
   * ends and removes what it matches first. Ad-hoc processes stay.
   * @throws `config-refused` when the source throws or names a wrong task, `invalid-filter`; nothing has changed then.
   */
  async resync(options: { filter?: Filter | undefined; clean?: boolean } = {}): Promise<ResyncOutcome> {
    const { filter, clean = false } = options;
    return this.#serial.run(async () => {
      const reading = await this.#read(filter);
      const first = clean ? await this.#options.removeTrees(reading.roots.map(({ id }) => id)) : [];
      const added = await this.#define(reading, filter);
      const gone = clean ? [] : await this.#options.removeTrees(reading.stale);
      return this.#synced(added, [...first, ...gone]);
    });
  }

  /** Resolves when no sync is at work. */
  settled(): Promise<void> {
    return this.#serial.idle();
  }

  async #read(filter: Filter | undefined): Promise<Reading> {
    const all = await this.#callSource(filter);
    const roots = await listDefined(this.#options.store);
    const byId = new Map(roots.map((record) => [record.id, record]));
    const tasks = filter ? all.filter((task) => isMeant(task, byId.get(task.id), filter)) : all;
    for (const task of tasks) this.#check(task);
    const ids = new Set(all.map(({ id }) => id));
    if (ids.size < all.length)
      throw new OptioError("config-refused", `tasks: the id '${firstTwice(all)}' occurs twice`);
    for (const { id } of tasks) if (!byId.has(id)) await this.#refuseTaken(id);
    const meant = filter ? roots.filter((record) => recordMatches(record, filter)) : roots;
    return { tasks, roots: meant, stale: meant.map(({ id }) => id).filter((id) => !ids.has(id)) };
  }

  async #callSource(filter: Filter | undefined): Promise<readonly TaskDefinition[]> {
    const { source, services } = this.#options;
    try {
      const tasks: unknown = typeof source === "function" ? await source(services, filter) : source;
      if (isTaskList(tasks)) return tasks;
    } catch (cause) {
      const known = toOptioError(cause);
      if (known.code === "config-refused") throw known;
      throw new OptioError("config-refused", `tasks: the function failed: ${known.message}`, { cause });
    }
    throw new OptioError("config-refused", "tasks: must be a list of tasks, each an object with an id");
  }

  #check(task: TaskDefinition): void {
    try {
      checkTask(task, this.#options);
    } catch (cause) {
      throw new OptioError("config-refused", toOptioError(cause).message, { cause });
    }
  }

  /** An id that names something else cannot become a definition's. */
  async #refuseTaken(id: string): Promise<void> {
    const taken = await this.#options.store.processes.find(id);
    if (!taken) return;
    const what = taken.parent === null ? "an ad-hoc process" : `a child of '${taken.parent}'`;
    throw new OptioError("config-refused", `task '${id}': the id is taken by ${what}; choose another, or remove that`);
  }

  /** Answers the ids that had no record. */
  async #define({ tasks, stale }: Reading, filter: Filter | undefined): Promise<string[]> {
    const { store, sessionFacts } = this.#options;
    const added: string[] = [];
    for (const task of tasks) {
      if (!(await store.processes.find(task.id))) added.push(task.id);
      await store.processes.define(toProcess(task, { sessionFacts }));
    }
    // from here on nobody can launch what is about to be removed
    const kept = filter ? [...this.#registry.values()].filter(({ id }) => !stale.includes(id)) : [];
    this.#registry = new Map([...kept, ...tasks].map((task) => [task.id, task]));
    return added;
  }

  #synced(added: readonly string[], removed: readonly string[]): ResyncOutcome {
    this.#options.onSynced();
    return { defined: this.#registry.size, added, removed };
  }
}

function isTaskList(value: unknown): value is readonly TaskDefinition[] {
  return (
    Array.isArray(value) &&
    value.every((task) => typeof task === "object" && task !== null && "id" in task && typeof task.id === "string")
  );
}

function firstTwice(tasks: readonly TaskDefinition[]): string | undefined {
  return tasks.find(({ id }, index) => tasks.findIndex((other) => other.id === id) < index)?.id;
}
