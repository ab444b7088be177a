import { createCodexKind } from "./codex-kind.ts";

/** OpenAI Codex as an agent kind. */
export const codex = createCodexKind();
