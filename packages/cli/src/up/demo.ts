import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Envelope, SessionView } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Engine } from "@optio/engine";
import type { ScriptedModel } from "@optio/engine/scripted-model";
import { demoScript, startScriptedModel } from "@optio/engine/scripted-model";
import { z } from "zod";
import { writePrivate } from "./write-private.ts";

/** Id of the session that shows the product without an account. */
export const DEMO_ID = "demo";
const FIRST_PROMPT = "Hello! Show me what you can do.";
const SECOND_PROMPT = "Now try something that needs my permission.";
const PAGE = 5000;

const demoFileSchema = z.object({ port: z.number().int().min(1).max(65_535) });

export interface DemoOptions {
  readonly home: string;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/**
 * Starts the scripted model of an earlier demo again, on the port that the session's configuration names. Undefined when there was
 * no demo, or when another program has taken its port.
 */
export async function reopenDemoModel({ home, note }: DemoOptions): Promise<ScriptedModel | undefined> {
  const port = await readDemoPort(home);
  if (port === undefined) return undefined;
  try {
    return await startScriptedModel({ port, script: demoScript });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    note(
      `the demo's scripted model cannot use its port ${port} again (${why}); the session '${DEMO_ID}' gets no answers`,
    );
    return undefined;
  }
}

/**
 * Starts the demo in a store without any process: a scripted model and a session on it. Undefined when there are processes.
 * @throws what creating a session throws.
 */
export async function createDemo(engine: Engine, options: DemoOptions): Promise<ScriptedModel | undefined> {
  const { items } = await engine.processes.list({ limit: 1 });
  if (items.length > 0) return undefined;
  const model = await startScriptedModel({ script: demoScript });
  try {
    await writePrivate(demoFile(options.home), `${JSON.stringify({ port: model.port })}\n`);
    await engine.sessions.create("codex", demoSession(model), { given: "json", canAnswer: true });
    return model;
  } catch (error) {
    await model.close();
    throw error;
  }
}

/**
 * Leads the demo to a decision to play with: when its first turn has completed and nobody has said anything else, the next message is
 * sent. Resolves when that is done, was done before, or the signal aborts.
 */
export async function playDemo(engine: Engine, { signal, note }: DemoOptions): Promise<void> {
  const session = await findSession(engine);
  if (session === undefined || session.phase === "ended") return;
  const { items } = await engine.sessions.events(DEMO_ID, { after: 0, limit: PAGE });
  const progress = { messages: 0, isTurnOver: false };
  for (const envelope of items) notice(progress, envelope);
  if (!progress.isTurnOver) {
    for await (const piece of engine.sessions.attach(DEMO_ID, { after: items.at(-1)?.seq ?? 0, signal })) {
      if (piece.kind !== "durable") continue;
      if (piece.envelope.event.type === "session.ended") return;
      notice(progress, piece.envelope);
      if (progress.isTurnOver) break;
    }
  }
  if (signal.aborted || progress.messages > 1 || !progress.isTurnOver) return;
  note(`demo: the first turn of session '${DEMO_ID}' is done; it asks for your permission next`);
  await engine.sessions.send(DEMO_ID, { text: SECOND_PROMPT });
}

function notice(progress: { messages: number; isTurnOver: boolean }, { event }: Envelope): void {
  if (event.type === "item.started" && event.item.kind === "userMessage") progress.messages += 1;
  if (event.type === "turn.completed") progress.isTurnOver = true;
}

function demoSession(model: ScriptedModel) {
  return {
    id: DEMO_ID,
    name: "Demo session (scripted model)",
    description: "The real codex, told what to do by a script instead of a model: no account, no network.",
    metadata: { demo: true },
    codexConfig: model.codexConfig(),
    prompt: FIRST_PROMPT,
  };
}

async function findSession(engine: Engine): Promise<SessionView | undefined> {
  try {
    return await engine.sessions.get(DEMO_ID);
  } catch (error) {
    if (error instanceof OptioError && error.code === "not-found") return undefined;
    throw error;
  }
}

function demoFile(home: string): string {
  return join(home, "demo.json");
}

async function readDemoPort(home: string): Promise<number | undefined> {
  try {
    return demoFileSchema.parse(JSON.parse(await readFile(demoFile(home), "utf8"))).port;
  } catch {
    return undefined;
  }
}
