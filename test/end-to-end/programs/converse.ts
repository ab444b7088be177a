// A program that talks to a session it launched. Prints what it saw as one line of JSON.
import { createEngine } from "@optio/engine";
import { codex } from "@optio/engine/codex";

const { CODEX_CONFIG = "{}", ASK_FOR_LEAVE = "", TAKES_LONG = "" } = process.env;
const engine = await createEngine({ agents: [codex] });
const session = await engine.launchSession({
  id: "conversation",
  approvals: "on-request",
  codexConfig: JSON.parse(CODEX_CONFIG),
});
const types: string[] = [];
const seqs: number[] = [];
session.onEvent((event, seq) => {
  types.push(event.type);
  seqs.push(seq);
});
const heard: string[] = [];
session.onAnswer((answer) => heard.push(answer));

const first = await session.ask("one");
using _answering = session.onDecision(() => ({ decision: "accept" }));
const allowed = await session.ask(ASK_FOR_LEAVE);

const { messageId, state: sent } = await session.send(TAKES_LONG);
let turnId: string | undefined;
const started = Promise.withResolvers<void>();
const ended = Promise.withResolvers<string>();
session.onEvent((event) => {
  if (event.type === "item.started" && event.item.messageId === messageId) turnId = event.turnId;
  if (event.type === "item.started" && event.item.kind === "agentMessage" && event.turnId === turnId) started.resolve();
  if (event.type === "turn.completed" && event.turnId === turnId) ended.resolve(event.status);
});
await started.promise;
await session.interrupt();
const interrupted = await ended.promise;

const failed = await session
  .ask('!script [{"fail":{"code":"invalid_prompt","message":"no"}}]')
  .catch((error) => error.code);
await session.close();
const late = await session.ask("too late").catch((error) => error.code);
const { state } = await engine.processes.get(session.id);
await engine.close();
const isOrdered = seqs.every((seq, index) => seq === (seqs[0] ?? 0) + index);
const known = { requested: types.includes("decision.requested"), resolved: types.includes("decision.resolved") };
console.log(JSON.stringify({ first, allowed, heard, sent, interrupted, failed, late, state, isOrdered, ...known }));
