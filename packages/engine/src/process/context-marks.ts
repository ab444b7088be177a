import type { LogLevel } from "@optio/contract";
import type { ProcessRecord, Store } from "../store/store.ts";
import { toJsonValue } from "./context-json.ts";
import type { ContextWrites } from "./context-writes.ts";
import type { ProcessContext } from "./task.ts";

/** Most JSON of widget data: every viewer of the process gets it with every change. */
const MAX_WIDGET_BYTES = 64 * 1024;

/** What a run says of its own record. */
export type RunMarks = Pick<
  ProcessContext,
  "setWidgetData" | "clearWidgetData" | "markSavedState" | "clearSavedState" | "markEphemeral"
>;

/** What marks are made of. */
export interface MarksOptions {
  readonly record: ProcessRecord;
  readonly store: Pick<Store, "processes">;
  readonly writes: ContextWrites;
  readonly log: (level: LogLevel, message: string) => Promise<void>;
}

/** The marks of a run. */
export function createMarks(options: MarksOptions): RunMarks {
  const { writes } = options;
  return {
    async setWidgetData(data) {
      const widgetData = toJsonValue(data, "widget data", MAX_WIDGET_BYTES);
      await writes.write((tx) => tx.patch({ widgetData }));
    },
    clearWidgetData: () => writes.write((tx) => tx.patch({ widgetData: null })),
    markSavedState: () => setSavedState(options, true),
    clearSavedState: () => setSavedState(options, false),
    markEphemeral: () => writes.write((tx) => tx.patch({ ephemeral: true })),
  };
}

async function setSavedState({ record, store, writes, log }: MarksOptions, hasSavedState: boolean): Promise<void> {
  writes.refuseWhenClosed();
  if (!record.supportsResume) {
    const what = hasSavedState ? "state that a resume could go on with" : "that there is no saved state";
    return log("warning", `the task marks ${what}, but it does not support resume: set supportsResume`);
  }
  const stored = await store.processes.find(record.id);
  if (stored?.hasSavedState === hasSavedState && stored.epoch === record.epoch) return;
  await writes.write((tx) => tx.patch({ hasSavedState }));
}
