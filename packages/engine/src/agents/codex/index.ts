export { codex } from "./codex.ts";
export type { CodexKindOptions } from "./codex-kind.ts";
export { createCodexKind } from "./codex-kind.ts";
export { type CodexTaskOptions, codexTask, runCodexSession } from "./codex-task.ts";
