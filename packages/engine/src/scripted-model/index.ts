export { SCRIPTED_CODE_MODEL_NAME, SCRIPTED_MODEL_NAME } from "./codex-provider.ts";
export { demoScript } from "./demo-script.ts";
export type { Gate } from "./gates.ts";
export type { RecordedRequest } from "./read-request.ts";
export type {
  CallStep,
  Script,
  ScriptedTurn,
  ScriptMatch,
  ScriptSource,
  Step,
  ToolOutput,
} from "./script.ts";
export { stepSchema } from "./script.ts";
export type {
  ScriptedCodexConfig,
  ScriptedModel,
  ScriptedModelOptions,
} from "./start-scripted-model.ts";
export { startScriptedModel } from "./start-scripted-model.ts";
export { scriptFromText, textScript } from "./text-script.ts";
