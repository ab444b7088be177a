// Asks Codex one question about the current directory: node examples/ask-codex.ts "What is this project about?"
// Needs OPENAI_API_KEY, or another provider as JSON in CODEX_CONFIG.
import { createEngine } from "@optio/engine";
import { codex } from "@optio/engine/codex";

const { OPENAI_API_KEY, CODEX_CONFIG = "{}" } = process.env;
const engine = await createEngine({ agents: [codex] });
const session = await engine.launchSession({
  name: "One question",
  source: { directory: process.cwd() },
  sandbox: "read-only",
  identity: OPENAI_API_KEY ? { apiKey: OPENAI_API_KEY } : "none",
  codexConfig: JSON.parse(CODEX_CONFIG),
});
console.log(await session.ask(process.argv[2] ?? "What is in this directory?"));
await session.close();
await engine.close();
