// A program that launches the session `kept`, or finds it again, asks it something and goes: node leave-session.ts detach|end
import { createEngine } from "@optio/engine";
import { codex } from "@optio/engine/codex";

const [, , how] = process.argv;
const engine = await createEngine({ agents: [codex] });
const { items } = await engine.processes.list({ limit: 1 });
if (items.length === 0)
  await engine.launchSession({ id: "kept", codexConfig: JSON.parse(process.env.CODEX_CONFIG ?? "{}") });

const stop = new AbortController();
const { messageId } = await engine.sessions.send("kept", { text: items.length === 0 ? "before" : "after" });
let turnId: string | undefined;
for await (const piece of engine.sessions.attach("kept", { after: 0, signal: stop.signal })) {
  if (piece.kind !== "durable") continue;
  const { event } = piece.envelope;
  if (event.type === "item.started" && event.item.messageId === messageId) turnId = event.turnId;
  if (event.type === "turn.completed" && event.turnId === turnId) stop.abort();
}
const page = await engine.sessions.events("kept", { after: 0, limit: 500 });
const answers = page.items.flatMap(({ event }) =>
  event.type === "item.completed" && event.item.kind === "agentMessage" ? [event.item.text] : [],
);
const adopted = page.items.filter(({ event }) => event.type === "session.adopted").length;
const { run } = await engine.sessions.get("kept");
await engine.close({ detach: how === "detach" });
console.log(JSON.stringify({ run, adopted, answers }));
