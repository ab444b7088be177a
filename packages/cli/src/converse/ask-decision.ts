import type { CommonOptions } from "@clack/prompts";
import { isCancel, selectKey, text } from "@clack/prompts";
import type { Decision, DecisionAnswer } from "@optio/contract";
import type { CliContext } from "../context.ts";
import { describeDecision } from "../render/describe-event.ts";

/** What a person chose: an answer, to leave it open, or to leave the session. */
export type Choice =
  | { readonly kind: "answer"; readonly decision: DecisionAnswer; readonly message?: string }
  | { readonly kind: "later" }
  | { readonly kind: "leave" };

/** The key of each answer at the prompt, and the short forms that `optio decide` takes. */
export const ANSWER_KEYS: Readonly<Record<DecisionAnswer, { readonly key: string; readonly label: string }>> = {
  accept: { key: "y", label: "yes" },
  accept_for_session: { key: "s", label: "yes, and the same for the rest of the session" },
  accept_prefix: { key: "p", label: "yes, and always what begins like this" },
  accept_network: { key: "w", label: "yes, with network" },
  decline: { key: "n", label: "no" },
  cancel: { key: "c", label: "no, and stop the turn" },
};

const LATER_KEY = "l";
const REASON_KEY = "r";

/**
 * Asks a person on the terminal; one key answers.
 * Resolves with `later` when the signal aborts, because the decision was settled elsewhere; with `leave` on Ctrl-C.
 */
export async function askDecision(context: CliContext, decision: Decision, signal: AbortSignal): Promise<Choice> {
  const streams = { input: context.stdin, output: context.stdout, signal };
  const prefix = decision.request.prefix?.join(" ");
  const options = decision.options.map((answer) => {
    const { key, label } = ANSWER_KEYS[answer];
    return { value: key, label: answer === "accept_prefix" && prefix ? `yes, and always: ${prefix} …` : label };
  });
  if (decision.options.includes("decline")) options.push({ value: REASON_KEY, label: "no, and say why" });
  options.push({ value: LATER_KEY, label: "decide later" });
  const key = await selectKey({ message: describeDecision(decision), options, ...streams });
  if (signal.aborted) return { kind: "later" };
  if (isCancel(key)) return { kind: "leave" };
  if (key === REASON_KEY) return askReason(streams);
  const answer = decision.options.find((option) => ANSWER_KEYS[option].key === key);
  return answer === undefined ? { kind: "later" } : { kind: "answer", decision: answer };
}

async function askReason(streams: CommonOptions): Promise<Choice> {
  const message = await text({ message: "Why not? The agent reads it.", ...streams });
  if (streams.signal?.aborted) return { kind: "later" };
  if (isCancel(message)) return { kind: "leave" };
  return { kind: "answer", decision: "decline", ...(message ? { message } : {}) };
}
