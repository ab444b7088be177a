import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { EventWriter } from "./event-writer.ts";
import type { Gates } from "./gates.ts";
import type { ReplyPlan } from "./plan-turn.ts";
import { isCallStep } from "./plan-turn.ts";
import type { ModelRequest } from "./read-request.ts";
import type { Step } from "./script.ts";
import { markedId, turnTag } from "./step-mark.ts";
import type { ToolCall } from "./tool-calls.ts";
import { pollCall, toolCalls } from "./tool-calls.ts";

// A person's 5 MB prompt must not make codex compact the thread: it believes the usage that is reported here.
const MAX_REPORTED_TOKENS = 50_000;

/** What a reply needs besides its plan. */
export type ReplyContext = {
  request: ModelRequest;
  gates: Gates;
  /** Counts one more use of a step that happens a limited number of times; false when they are used up. */
  takeTime(number: number, times: number | undefined): boolean;
  signal: AbortSignal;
};

/** Answers a request by its plan, pauses and gates included. Rejects with the signal's reason on abort. */
export async function writeReply(response: ServerResponse, plan: ReplyPlan, context: ReplyContext): Promise<void> {
  if (plan.kind === "steps" && answerFault(response, plan, context)) return;
  const reply = new Reply(response, context);
  await reply.begin();
  if (plan.kind === "poll") {
    await reply.call(plan.number, plan.part, pollCall(plan.running, context.request.tools));
    return reply.complete();
  }
  for (const { number, step } of plan.steps) {
    const ended = await writeStep(reply, number, step, context);
    if (ended) return;
  }
  await reply.complete();
}

/** Answers with one text and nothing else. */
export async function writeText(response: ServerResponse, text: string, context: ReplyContext): Promise<void> {
  await writeReply(response, { kind: "steps", steps: [{ number: 0, step: { say: text } }] }, context);
}

function answerFault(
  response: ServerResponse,
  plan: Extract<ReplyPlan, { kind: "steps" }>,
  { takeTime }: ReplyContext,
): boolean {
  for (const { number, step } of plan.steps) {
    if (!("fault" in step) || !takeTime(number, step.fault.times)) continue;
    const { status, code = "scripted_fault", message = `scripted HTTP ${status}` } = step.fault;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { type: code, code, message } }));
    return true;
  }
  return false;
}

/** Writes one step; true when it ended the reply. */
async function writeStep(
  reply: Reply,
  number: number,
  step: Step,
  { gates, takeTime, signal, request }: ReplyContext,
): Promise<boolean> {
  if ("say" in step) await reply.say(number, step);
  else if ("reason" in step) await reply.reason(number, step.reason);
  else if (isCallStep(step))
    for (const [part, call] of toolCalls(step, request.tools).entries()) await reply.call(number, part, call);
  else if ("waitMs" in step) {
    await reply.flush();
    await wait(step.waitMs, undefined, { signal });
  } else if ("gate" in step) {
    await reply.flush();
    await gates.pass(step.gate, signal);
  } else if ("drop" in step && takeTime(number, step.times)) {
    await reply.cut();
    return true;
  } else if ("fail" in step && takeTime(number, step.fail.times)) {
    const { code, message = `scripted failure ${code}` } = step.fail;
    await reply.finish("failed", { error: { code, message } });
    return true;
  } else if ("incomplete" in step && takeTime(number, step.incomplete.times)) {
    const { reason = "max_output_tokens" } = step.incomplete;
    await reply.finish("incomplete", { incomplete_details: { reason } });
    return true;
  }
  return false;
}

class Reply {
  readonly #events: EventWriter;
  readonly #id = `resp_${randomUUID()}`;
  readonly #context: ReplyContext;
  readonly #turn: string;
  readonly #output: unknown[] = [];
  #outputChars = 0;

  constructor(response: ServerResponse, context: ReplyContext) {
    this.#events = new EventWriter(response, context.signal);
    this.#context = context;
    this.#turn = turnTag(context.request.turnId);
  }

  begin(): Promise<void> {
    return this.#events.event("response.created", {
      response: { id: this.#id, status: "in_progress" },
    });
  }

  flush(): Promise<void> {
    return this.#events.flush();
  }

  cut(): Promise<void> {
    return this.#events.cut();
  }

  async say(number: number, step: Extract<Step, { say: string }>): Promise<void> {
    const id = markedId("msg", { turn: this.#turn, step: number, part: 0 });
    const phase = step.phase === undefined ? {} : { phase: step.phase };
    const base = { type: "message", id, role: "assistant", ...phase };
    const place = { item_id: id, output_index: this.#output.length, content_index: 0 };
    const part = (text: string) => ({ type: "output_text", text, annotations: [] });
    await this.#added({ ...base, status: "in_progress", content: [] });
    await this.#events.event("response.content_part.added", { ...place, part: part("") });
    for (const [index, delta] of chunksOf(step.say, step.chunkChars).entries()) {
      if (index > 0 && step.delayMs) {
        await this.#events.flush();
        await wait(step.delayMs, undefined, { signal: this.#context.signal });
      }
      await this.#events.event("response.output_text.delta", { ...place, delta });
    }
    await this.#events.event("response.output_text.done", { ...place, text: step.say });
    await this.#done({ ...base, status: "completed", content: [part(step.say)] }, step.say.length);
  }

  async reason(number: number, text: string): Promise<void> {
    const id = markedId("rs", { turn: this.#turn, step: number, part: 0 });
    const base = { type: "reasoning", id, encrypted_content: "scripted" };
    const place = { item_id: id, output_index: this.#output.length, summary_index: 0 };
    const part = { type: "summary_text", text };
    await this.#added({ ...base, summary: [] });
    await this.#events.event("response.reasoning_summary_part.added", {
      ...place,
      part: { ...part, text: "" },
    });
    await this.#events.event("response.reasoning_summary_text.delta", { ...place, delta: text });
    await this.#events.event("response.reasoning_summary_text.done", { ...place, text });
    await this.#events.event("response.reasoning_summary_part.done", { ...place, part });
    await this.#done({ ...base, summary: [part] }, text.length);
  }

  async call(number: number, part: number, call: ToolCall): Promise<void> {
    const id = markedId("call", { turn: this.#turn, step: number, part });
    const item = { ...call, id: `${call.type === "function_call" ? "fc" : "ctc"}_${id}`, call_id: id };
    await this.#added(item);
    await this.#done(item, JSON.stringify(call).length);
  }

  complete(): Promise<void> {
    return this.finish("completed", {});
  }

  async finish(status: "completed" | "failed" | "incomplete", more: Record<string, unknown>): Promise<void> {
    const { model, bodyBytes } = this.#context.request;
    const response = { id: this.#id, status, model, output: this.#output, ...more };
    const usage = usageOf(bodyBytes, this.#outputChars);
    await this.#events.event(`response.${status}`, { response: { ...response, usage } });
    this.#events.end();
  }

  #added(item: unknown): Promise<void> {
    return this.#events.event("response.output_item.added", {
      output_index: this.#output.length,
      item,
    });
  }

  async #done(item: unknown, sizeChars: number): Promise<void> {
    this.#outputChars += sizeChars;
    const output_index = this.#output.push(item) - 1;
    await this.#events.event("response.output_item.done", { output_index, item });
  }
}

function chunksOf(text: string, chunkChars = Math.max(1, text.length)): string[] {
  // Split between code points: half a surrogate pair would arrive as a replacement character.
  const points = chunkChars >= text.length ? [text] : [...text];
  if (points.length <= 1) return text === "" ? [] : [text];
  const count = Math.ceil(points.length / chunkChars);
  return Array.from({ length: count }, (_, index) =>
    points.slice(index * chunkChars, (index + 1) * chunkChars).join(""),
  );
}

function usageOf(inputBytes: number, outputChars: number) {
  const tokens = (size: number) => Math.min(MAX_REPORTED_TOKENS, Math.ceil(size / 4));
  const [input, output] = [tokens(inputBytes), tokens(outputChars)];
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}
