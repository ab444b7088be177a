import type { Decision, DecisionAnswer } from "@optio/contract";
import { shortCommand } from "../ui/short-command.ts";

/** How an answer is offered: the button's label, its key, and what it did once given. */
export interface AnswerWords {
  readonly answer: DecisionAnswer;
  readonly label: string;
  readonly key: string;
  readonly past: string;
}

/** Every answer in the order of the buttons. */
export const ANSWERS: readonly AnswerWords[] = [
  { answer: "accept", label: "Accept", key: "Y", past: "Accepted" },
  { answer: "accept_for_session", label: "Accept for session", key: "S", past: "Accepted for the session" },
  { answer: "accept_prefix", label: "Accept prefix", key: "P", past: "Prefix accepted" },
  { answer: "accept_network", label: "Accept with network", key: "W", past: "Accepted with network" },
  { answer: "decline", label: "Decline", key: "N", past: "Declined" },
  { answer: "cancel", label: "Decline and stop the turn", key: "C", past: "Declined, turn stopped" },
];

/** The answer that a key press means, when the decision offers it. Esc is C. */
export function answerForKey(key: string, options: readonly DecisionAnswer[]): DecisionAnswer | undefined {
  const wanted = key === "Escape" ? "C" : key.toUpperCase();
  const found = ANSWERS.find((words) => words.key === wanted);
  return found && options.includes(found.answer) ? found.answer : undefined;
}

/** `Accepted`, `Declined`, …; `Answered` when the answer is not known. */
export function answerWord(answer: DecisionAnswer | undefined): string {
  return ANSWERS.find((words) => words.answer === answer)?.past ?? "Answered";
}

const TITLES: Readonly<Record<Decision["kind"], string>> = {
  command: "Run this command?",
  fileChange: "Apply these changes?",
  permissions: "Grant these permissions?",
  question: "The agent asks",
  elicitation: "A tool asks",
  caller: "The caller is asked",
};

/** The question of a decision's card. */
export const decisionTitle = (decision: Decision) => TITLES[decision.kind];

/** What a decision is about, in one line. */
export function decisionSubject({ kind, request }: Decision): string {
  if (request.command) return shortCommand(request.command);
  const paths = request.changes?.map((change) => change.path) ?? [];
  if (paths.length > 0) return paths.length === 1 ? (paths[0] ?? "") : `${paths[0]} and ${paths.length - 1} more`;
  if (request.grantRoot) return request.grantRoot;
  return request.reason ?? (kind === "fileChange" ? "changes to files" : kind);
}
