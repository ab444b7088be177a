import type { OptioError } from "@optio/contract";
import type { OwnerKey, ProcessRecord } from "../store/store.ts";
import type { RunMode, TaskDefinition } from "./task.ts";
import { keyOf } from "./transition.ts";

/** How a run ended, with the very error of its body. */
export interface RunOutcome {
  readonly state: "done" | "failed" | "cancelled";
  readonly error?: OptioError | undefined;
}

/** How a run is over for this engine. Lost: another owner carries on; detached: it waits for its next owner. */
export type RunEnd =
  | (RunOutcome & {
      /** The record as it was at the end; absent when it could not be written. */ readonly record?: ProcessRecord;
    })
  | { readonly state: "lost" | "detached" };

/** Why and until when a run is asked to end. */
export interface RunCancel {
  readonly reason: OptioError;
  /** When it is ended by force; ms since 1970. The whole subtree has the same. */
  readonly deadlineMs: number;
  /** A sibling failed: that failure is what counts for the parent, not this cancel. */
  readonly isForSibling: boolean;
}

/** What a run is started from. */
export interface RunStart {
  readonly record: ProcessRecord;
  readonly mode: RunMode;
  readonly task: TaskDefinition;
  /** The run that started it as its child. */
  readonly parent?: LiveRun;
  /** Said in its log at the start. */
  readonly notice?: string;
}

/** One ownership of a run that is worked on here. */
export class LiveRun {
  readonly record: ProcessRecord;
  readonly key: OwnerKey;
  readonly mode: RunMode;
  readonly task: TaskDefinition;
  readonly parent: LiveRun | undefined;
  readonly notice: string | undefined;
  /** Children that are worked on, by process id. */
  readonly children = new Map<string, LiveRun>();
  /** Every child id that this run used. */
  readonly childIds = new Set<string>();
  /** Children whose start has begun and not finished. */
  readonly startingChildren = new Set<Promise<unknown>>();
  /** Writes what its progress still holds back and refuses what its body writes from then on; set when its body starts. */
  settle: (() => Promise<void>) | undefined;
  /** How many children it started: their order. */
  childCount = 0;
  cancel: RunCancel | undefined;
  /** Its body is over: it starts no children any more. */
  isClosing = false;
  /** It was ended by force: whatever its body still does counts for nothing. */
  isFenced = false;
  readonly #end = Promise.withResolvers<RunEnd>();
  #isOver = false;

  constructor({ record, mode, task, parent, notice }: RunStart) {
    this.record = record;
    this.key = keyOf(record);
    this.mode = mode;
    this.task = task;
    this.parent = parent;
    this.notice = notice;
    parent?.children.set(record.id, this);
  }

  get id(): string {
    return this.record.id;
  }

  /** Resolves when the run is over for this engine; its body may be stubborn and go on. */
  get ended(): Promise<RunEnd> {
    return this.#end.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether a cancel reaches its children too. */
  get cancelsChildren(): boolean {
    return this.task.autoCancelChildren ?? true;
  }

  /** Whether it has a session's longer grace, and a program that outlives this process. */
  get isSession(): boolean {
    return this.record.kind === "session";
  }

  /** Says how it is over; the first word counts. */
  conclude(end: RunEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.parent?.children.get(this.id) === this) this.parent.children.delete(this.id);
    this.#end.resolve(end);
  }

  /** This run and those below it that are worked on. */
  *subtree(): Generator<LiveRun, void, undefined> {
    yield this;
    for (const child of this.children.values()) yield* child.subtree();
  }
}

/** The runs that are worked on here, the newest of each process. */
export class LiveRuns {
  readonly #runs = new Map<string, LiveRun>();

  add(run: LiveRun): void {
    this.#runs.set(run.id, run);
    void run.ended.then(() => {
      if (this.#runs.get(run.id) === run) this.#runs.delete(run.id);
    });
  }

  find(processId: string): LiveRun | undefined {
    return this.#runs.get(processId);
  }

  /** The run with this very key. */
  get({ processId, run, epoch }: OwnerKey): LiveRun | undefined {
    const found = this.#runs.get(processId);
    return found?.key.run === run && found.key.epoch === epoch ? found : undefined;
  }

  all(): LiveRun[] {
    return [...this.#runs.values()];
  }
}
