import { describeAgentKind } from "../../testing/index.ts";
import { createCodexKind } from "./codex-kind.ts";

describeAgentKind("codex", {
  createKind: () => createCodexKind(),
  configFor: (model) => ({ codexConfig: model.codexConfig() }),
});
