import { startScriptedModel } from "@optio/engine/scripted-model";

// a process of its own, so that the model's work is nobody's
const model = await startScriptedModel();
process.send?.({ codexConfig: model.codexConfig() });
process.on("disconnect", () => void model.close().then(() => process.exit(0)));
