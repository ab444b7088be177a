import type { OptioError } from "@optio/contract";
import type { ChildProgress, TaskDefinition } from "./task.ts";

/** A child: the part of a task that counts below a parent. Its process id is `<parent's id>.<id>`. */
export type ChildTask = Pick<TaskDefinition, "id" | "name" | "execute"> &
  Partial<Pick<TaskDefinition, "description" | "params" | "session" | "supportsResume" | "autoCancelChildren">>;

/** Hears of the children's progress: at most 10 times a second, a state change at once, the last state always. */
export type OnChildProgress = (children: readonly ChildProgress[]) => void | Promise<void>;

export interface ChildOptions {
  /** The parent goes on when the child fails and looks at the outcome. Default false. */
  readonly surviveFailure?: boolean;
  /** The parent goes on when the child is cancelled. Default false. */
  readonly surviveCancel?: boolean;
  readonly onProgress?: OnChildProgress;
  /** Resume a child of an earlier run of this parent, found by its id. Default: as this run was launched. */
  readonly resume?: boolean;
}

/** How a child ended. */
export interface ChildOutcome {
  /** The child's process id. */
  readonly id: string;
  readonly name: string;
  readonly state: "done" | "failed" | "cancelled";
  /** Why it did not end done; the very error that its function threw as `cause`. */
  readonly error: OptioError | undefined;
}

/** A published result of a child that goes on. */
export interface ResultHandle<T extends object> {
  readonly id: string;
  readonly result: T;
  /** Resolves when the child has ended; what its end means for the parent happens then. @throws `child-failed`, unless survived. */
  outcome(): Promise<ChildOutcome>;
}

export interface ParallelOptions {
  /** Most children at once. Default 10. */
  readonly concurrency?: number;
  readonly surviveFailure?: boolean;
  readonly surviveCancel?: boolean;
  readonly onProgress?: OnChildProgress;
}

/** Children that run side by side. */
export interface ParallelGroup {
  /** Starts a child; waits while the group is full. One that cannot be started counts as failed. */
  spawn(task: ChildTask): Promise<void>;
}
