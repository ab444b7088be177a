import { startScriptedModel } from "@optio/engine/scripted-model";

/** A message that begins with this gets this many characters in chunks of 8. */
export const LONG_TEXT = { prompt: "long:", chars: 100_000 };

// a process of its own, so that the model's work is nobody's
if (process.send) {
  const model = await startScriptedModel();
  const text = "0123456789abcdef ".repeat(Math.ceil(LONG_TEXT.chars / 17)).slice(0, LONG_TEXT.chars);
  model.addScript({ firstText: LONG_TEXT.prompt }, ({ lastUserText }) =>
    lastUserText === LONG_TEXT.prompt ? [{ say: text, chunkChars: 8 }] : [{ say: "ok" }],
  );
  process.send({ codexConfig: model.codexConfig() });
  process.on("disconnect", () => void model.close().then(() => process.exit(0)));
}
