import type { TurnState } from "./read-turn.ts";
import type { CallStep, ScriptedTurn, Step, ToolOutput } from "./script.ts";

/** A step with its place in the turn; the place goes into the ids of what it produces. */
export type NumberedStep = { number: number; step: Step };

/** What to answer a request with: the next steps, or a question about a call that is still running. */
export type ReplyPlan =
  | { kind: "steps"; steps: NumberedStep[] }
  | { kind: "poll"; number: number; part: number; running: StillRunning };

/** A command that outlived its call, in codex's two ways to say so. */
export type StillRunning = { sessionId: number } | { cellId: string };

/** Answers one message of a turn; `index` 0 started the turn, the others were steered. */
export type MessageScript = (message: ScriptedTurn, index: number) => Step[] | Promise<Step[]>;

/**
 * Plans the reply to a request: the steps of all messages of the turn in the order they came, from the first one that left nothing
 * in the history up to the next call. A steered message is thus answered once, after the steps of those before it.
 */
export async function planReply(
  script: MessageScript,
  state: TurnState,
  about: Pick<ScriptedTurn, "threadId" | "turnId" | "input" | "model">,
): Promise<ReplyPlan> {
  const steps: Step[] = [];
  for (const [index, lastUserText] of state.userTexts.entries()) {
    const message = {
      ...about,
      turnIndex: state.turnIndex,
      userTexts: state.userTexts,
      lastUserText,
    };
    const answer = (outputs: ToolOutput[]) => script({ ...message, outputs }, index);
    steps.push(...(await settleSteps(answer, steps.length, state.outputs)));
  }
  return findPoll(state) ?? { kind: "steps", steps: untilCall(steps, state.lastStep + 1) };
}

/** True for the steps that end a reply because codex must come back with their output. */
export function isCallStep(step: Step): step is CallStep | { parallel: CallStep[] } {
  return "run" in step || "patch" in step || "call" in step || "parallel" in step;
}

// A script may look at the outputs of its own calls only, and those are known only once it has named the calls.
async function settleSteps(
  answer: (outputs: ToolOutput[]) => Step[] | Promise<Step[]>,
  offset: number,
  outputs: TurnState["outputs"],
): Promise<Step[]> {
  let known: ToolOutput[] = [];
  for (;;) {
    const steps = expandBranches(await answer(known), offset, outputs);
    const found = steps.flatMap((step, index) => (isCallStep(step) ? (outputs.get(offset + index) ?? []) : []));
    if (found.length <= known.length) return steps;
    known = found;
  }
}

function expandBranches(written: Step[], offset: number, outputs: TurnState["outputs"]): Step[] {
  const steps: Step[] = [];
  const waiting = [...written];
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    if (!("ifDeclined" in step)) {
      steps.push(step);
      continue;
    }
    const call = steps.findLastIndex(isCallStep);
    const decided = outputs.get(offset + call);
    // The reply ends at the call anyway; what follows it is planned when its output is there.
    if (call >= 0 && !decided) return steps;
    const declined = decided?.some((output) => output.declined) ?? false;
    waiting.unshift(...(declined ? step.ifDeclined : (step.otherwise ?? [])));
  }
  return steps;
}

function untilCall(steps: Step[], from: number): NumberedStep[] {
  const call = steps.findIndex((step, number) => number >= from && isCallStep(step));
  return steps.map((step, number) => ({ number, step })).slice(from, call < 0 ? undefined : call + 1);
}

function findPoll({ lastStep, outputs }: TurnState): ReplyPlan | undefined {
  const last = outputs.get(lastStep) ?? [];
  for (const [part, output] of last.entries()) {
    const running = output && stillRunning(output.text);
    if (running) return { kind: "poll", number: lastStep, part, running };
  }
  return undefined;
}

function stillRunning(text: string): StillRunning | undefined {
  const session = /^Process running with session ID (\d+)$/m.exec(text);
  if (session) return { sessionId: Number(session[1]) };
  const cell = /^Script running with cell ID (\S+)$/m.exec(text);
  return cell?.[1] === undefined ? undefined : { cellId: cell[1] };
}
