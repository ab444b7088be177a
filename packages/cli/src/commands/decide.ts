import type { ApiClient, Decision, DecisionAnswer } from "@optio/contract";
import { DECISION_ANSWERS, OptioError, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { ANSWER_KEYS } from "../converse/ask-decision.ts";
import { describeDecision } from "../render/describe-event.ts";

interface DecideOptions extends GlobalOptions {
  readonly message?: string;
}

/** `optio decide`: answers a decision, or the only open one of a session. */
export function addDecide(program: Command, context: CliContext): void {
  const command = program
    .command("decide")
    .argument("<id>", "decision, or session with one open decision")
    .argument("<answer>", `${DECISION_ANSWERS.join(", ")} (or y, n, s, p, w, c)`)
    .description("answer a decision; the first answer wins")
    .option("--message <text>", "reason, for the agent to read");
  command.action(async (id: string, answer: string) =>
    decide(context, id, answer, command.optsWithGlobals<DecideOptions>()),
  );
}

async function decide(context: CliContext, id: string, given: string, options: DecideOptions): Promise<void> {
  const decision = readAnswer(given);
  const { api } = await connect(context, options);
  const { message } = options;
  const open = await findDecision(api, id);
  const params = { path: { id: open.id }, header: onceHeader() };
  const body = { decision, ...(message === undefined ? {} : { message }) };
  const settled = await unwrap(api.POST("/decisions/{id}", { params, body }));
  if (options.json) printJson(context, settled);
  else printLine(context, `${settled.resolution?.decision ?? settled.state}: ${describeDecision(settled)}`);
}

/** An answer by its name or its key at the prompt. @throws `usage`. */
export function readAnswer(text: string): DecisionAnswer {
  const word = text.toLowerCase();
  const short = word === "yes" ? "y" : word === "no" ? "n" : word;
  const found = DECISION_ANSWERS.find((answer) => answer === word || ANSWER_KEYS[answer].key === short);
  if (found === undefined) {
    throw new OptioError("usage", `'${text}' is no answer; answers are ${DECISION_ANSWERS.join(", ")}`);
  }
  return found;
}

async function findDecision(api: ApiClient, id: string): Promise<Decision> {
  const decision = await found(unwrap(api.GET("/decisions/{id}", { params: { path: { id } } })));
  if (decision !== undefined) return decision;
  const session = await found(unwrap(api.GET("/sessions/{id}", { params: { path: { id } } })));
  if (session === undefined) throw new OptioError("not-found", `there is no decision and no session '${id}'`);
  const [only, ...more] = session.decisions;
  if (only === undefined) throw new OptioError("not-found", `session '${id}' waits for no decision`);
  if (more.length === 0) return only;
  const list = session.decisions.map((open) => `${open.id} (${describeDecision(open)})`).join("; ");
  throw new OptioError("usage", `session '${id}' waits for ${session.decisions.length} decisions; name one: ${list}`);
}

/** Undefined for what does not exist, also when the id cannot be one of its kind. */
async function found<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof OptioError && (error.code === "not-found" || error.code === "invalid")) return undefined;
    throw error;
  }
}
