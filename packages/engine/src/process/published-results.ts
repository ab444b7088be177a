import type { ProcessState } from "@optio/contract";
import { OptioError } from "@optio/contract";
import { Emitter } from "../kernel/emitter.ts";

/** One run of a process, whoever owns it. */
export interface RunKey {
  readonly processId: string;
  readonly run: number;
}

interface Slot {
  readonly run: number;
  value: object | undefined;
  readonly published: PromiseWithResolvers<object>;
}

/** Results that running tasks hand out, by run: kept in memory from the begin of a run here to its end here. */
export class PublishedResults {
  readonly #slots = new Map<string, Slot>();
  readonly #changes = new Emitter<{ processId: string; value: object | undefined }>();

  /** Opens the place of a run's result, before its body starts; that of an earlier run of the process is closed. */
  begin(key: RunKey): void {
    const earlier = this.#slots.get(key.processId);
    if (earlier?.run === key.run) return;
    if (earlier) this.end({ processId: key.processId, run: earlier.run }, "failed");
    const published = Promise.withResolvers<object>();
    // a run that nobody waits for may end without a result
    published.promise.catch(() => undefined);
    this.#slots.set(key.processId, { run: key.run, value: undefined, published });
  }

  /** Hands the result of a run to everybody who waits for it. False when it has one already or is over. */
  publish(key: RunKey, value: object): boolean {
    const slot = this.#slot(key);
    if (!slot || slot.value !== undefined) return false;
    slot.value = value;
    slot.published.resolve(value);
    this.#changes.emit({ processId: key.processId, value });
    return true;
  }

  /** What the present run of the process published. */
  find(processId: string): object | undefined {
    return this.#slots.get(processId)?.value;
  }

  /** Resolves with the result of a run that has begun, at once when it is there. @throws `result-not-published` when the run ends without. */
  wait(key: RunKey): Promise<object> {
    return this.#slot(key)?.published.promise ?? Promise.reject(notPublished(key, undefined));
  }

  /** Closes the place of a run that ended in the state; whoever still waits is told so. */
  end(key: RunKey, state: ProcessState | undefined): void {
    const slot = this.#slot(key);
    if (!slot) return;
    this.#slots.delete(key.processId);
    slot.published.reject(notPublished(key, state));
    if (slot.value !== undefined) this.#changes.emit({ processId: key.processId, value: undefined });
  }

  /** Hears of results that appear (value) and go (undefined). */
  onChange(listener: (change: { processId: string; value: object | undefined }) => void): Disposable {
    return this.#changes.subscribe(listener);
  }

  #slot({ processId, run }: RunKey): Slot | undefined {
    const slot = this.#slots.get(processId);
    return slot?.run === run ? slot : undefined;
  }
}

function notPublished({ processId, run }: RunKey, state: ProcessState | undefined): OptioError {
  const how = state === undefined ? "is over here" : `ended ${state}`;
  return new OptioError("result-not-published", `run ${run} of '${processId}' ${how} without publishing a result`, {
    data: { processId, run, ...(state !== undefined && { state }) },
  });
}
