import type { ProcessesTable } from "./schema.ts";

/** Columns of a process that say what of it has to go. */
export const KEPT_COLUMNS = ["id", "run", "first_seq", "compacted_run", "log_head", "session"] as const;

/** What retention must know of a process. */
export type KeptProcess = Pick<ProcessesTable, (typeof KEPT_COLUMNS)[number]>;
