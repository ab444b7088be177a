// A program with two tasks: a session that is launched twice and resumed, and a function that runs a session within itself.
// Prints what it saw as one line of JSON.
import type { Envelope } from "@optio/contract";
import type { Engine } from "@optio/engine";
import { createEngine, defineTask } from "@optio/engine";
import { codex, codexTask, runCodexSession } from "@optio/engine/codex";

const codexConfig = JSON.parse(process.env.CODEX_CONFIG ?? "{}");
const reviewer = codexTask({ id: "reviewer", name: "Reviewer", prompt: "review", codexConfig });
const counter = defineTask({
  id: "counter",
  name: "Counter",
  async execute(ctx) {
    await ctx.reportProgress(10, "asking codex");
    await runCodexSession(ctx, { prompt: "count", codexConfig });
  },
});
const engine = await createEngine({ agents: [codex], tasks: [reviewer, counter] });

const runs = [
  await runTask(engine, "reviewer", { resume: false }),
  await runTask(engine, "reviewer", { resume: false }),
  await runTask(engine, "reviewer", { resume: true }),
  await runTask(engine, "counter", { resume: false }),
];
const { progress } = await engine.processes.get("counter");
await engine.close();
console.log(JSON.stringify({ runs, progress }));

/** Launches a task, waits for its first turn, ends it and tells what the run did. */
async function runTask(of: Engine, id: string, how: { resume: boolean }) {
  const { headSeq } = await of.processes.get(id);
  await of.processes.launch(id, how);
  const seen = await untilTurnEnds(of, id, headSeq);
  await of.sessions.close(id);
  const { state, run } = await of.processes.waitForEnd(id);
  const thread = seen.flatMap(({ event }) => (event.type === "session.live" ? [event.thread.id] : []))[0];
  const messages = seen.flatMap(({ event }) =>
    event.type === "item.completed" && event.item.kind === "userMessage" ? [event.item.origin ?? "person"] : [],
  );
  return { state, run, thread, messages };
}

async function untilTurnEnds(of: Engine, id: string, after: number): Promise<Envelope[]> {
  const stop = new AbortController();
  const seen: Envelope[] = [];
  for await (const piece of of.sessions.attach(id, { after, signal: stop.signal })) {
    if (piece.kind !== "durable") continue;
    seen.push(piece.envelope);
    if (piece.envelope.event.type === "turn.completed") stop.abort();
  }
  return seen;
}
