import type { OptioError } from "@optio/contract";
import { toOptioError } from "@optio/contract";
import { withDeadline } from "./abort.ts";

/** One step of a teardown as it is reported. */
export interface ResourceStep {
  readonly resource: string;
  readonly verb: "release" | "detach";
  readonly durationMs: number;
  readonly error?: OptioError;
}

/** Something acquired: how to give it back, and how to let go of it without ending it. */
export interface Resource {
  readonly name: string;
  /** Ends it. Contract: heeds the signal; called at most once. */
  readonly release?: (signal: AbortSignal) => Promise<void>;
  /** Drops this process's handles; what it names lives on. */
  readonly detach?: (signal: AbortSignal) => Promise<void>;
  /** Deadline of either verb; default 10 s. */
  readonly timeoutMs?: number;
}

/** Holds resources in the order of acquiring and lets go of them in reverse, whatever fails. */
export class ResourceStack {
  readonly #resources: Resource[] = [];
  readonly #onStep: (step: ResourceStep) => void;

  constructor(onStep: (step: ResourceStep) => void = () => undefined) {
    this.#onStep = onStep;
  }

  /** Takes charge of a resource. Call it in the statement that acquires. */
  push(resource: Resource): void {
    this.#resources.push(resource);
  }

  /** Releases all, last first; keeps going after a failure. Returns the failures. */
  release(): Promise<OptioError[]> {
    return this.#unwind("release");
  }

  /** Detaches all, last first; keeps going after a failure. Returns the failures. */
  detach(): Promise<OptioError[]> {
    return this.#unwind("detach");
  }

  async #unwind(verb: "release" | "detach"): Promise<OptioError[]> {
    const failures: OptioError[] = [];
    for (let resource = this.#resources.pop(); resource; resource = this.#resources.pop()) {
      const error = await this.#step(resource, verb);
      if (error) failures.push(error);
    }
    return failures;
  }

  async #step(resource: Resource, verb: "release" | "detach"): Promise<OptioError | undefined> {
    const action = resource[verb];
    if (!action) return undefined;
    const startedAt = performance.now();
    const step = { resource: resource.name, verb };
    try {
      // a fresh signal: a cancelled session must still be able to clean up
      await withDeadline({ timeoutMs: resource.timeoutMs ?? 10_000, what: `${verb} of ${resource.name}` }, action);
      this.#onStep({ ...step, durationMs: performance.now() - startedAt });
      return undefined;
    } catch (cause) {
      const error = toOptioError(cause, "teardown-incomplete");
      this.#onStep({ ...step, durationMs: performance.now() - startedAt, error });
      return error;
    }
  }
}
