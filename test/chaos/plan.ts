import type { Step } from "@optio/engine/scripted-model";
import { Random } from "./random.ts";

/** When a server is killed. All but `random` wait for an event of the turn that they name. */
export const KILL_MOMENTS = ["before-send", "streaming", "tool", "approval", "queue", "random"] as const;
export type KillMoment = (typeof KILL_MOMENTS)[number];

/** An item as it must be in the log. */
export interface ExpectedItem {
  readonly kind: string;
  readonly status: string;
  /** Text of a message, or the body of a command. */
  readonly text: string;
}

export interface PlannedTurn {
  readonly message: string;
  readonly items: readonly ExpectedItem[];
  /** Line that the turn's command adds to the trace file; absent when none runs. */
  readonly trace?: string;
  /** How its approval is answered. */
  readonly answer?: "accept" | "decline";
}

/** Messages that are sent one right after the other; several make a queue. */
export interface Group {
  readonly turns: readonly PlannedTurn[];
  readonly kill?: KillMoment;
}

export interface PlanOptions {
  readonly turns: number;
  readonly kills: number;
  readonly seed: number;
}

type TurnKind = "say" | "command" | "approval" | "patch";

/** Least length of a turn, in ms: its first step. */
export const PACE_MS = 300;
const KINDS: readonly TurnKind[] = ["say", "say", "command", "approval", "patch"];
/** Kinds whose turn has the moment; a queue needs a group of several. */
const KINDS_WITH: Readonly<Record<KillMoment, readonly TurnKind[]>> = {
  "before-send": KINDS,
  streaming: KINDS,
  tool: ["command"],
  approval: ["approval"],
  queue: ["say"],
  random: KINDS,
};
const BURST = 3;

/** Plans a run: what is said, what must come of it, and when the server dies; decided by the seed alone. */
export function planRun({ turns, kills, seed }: PlanOptions): Group[] {
  const random = new Random(seed);
  const moments = Array.from({ length: kills }, (_, index) => KILL_MOMENTS[index % KILL_MOMENTS.length] ?? "random");
  const groups: Group[] = [];
  let number = 0;
  const add = (kinds: readonly TurnKind[], kill?: KillMoment) => {
    groups.push({ turns: kinds.map((kind) => planTurn(kind, ++number, random)), ...(kill ? { kill } : {}) });
  };
  // the kills are spread over the run: each has its share of the turns before it
  for (const [index, moment] of moments.entries()) {
    const until = Math.floor((turns * (index + 1)) / kills);
    const size = moment === "queue" ? BURST : 1;
    while (number + size < until) add([random.pick(KINDS)]);
    if (number + size > turns) throw new Error(`${turns} turns are too few for ${kills} kills`);
    const kind = random.pick(KINDS_WITH[moment]);
    add(
      Array.from({ length: size }, () => kind),
      moment,
    );
  }
  while (number < turns) add([random.pick(KINDS)]);
  return groups;
}

function planTurn(kind: TurnKind, number: number, random: Random): PlannedTurn {
  const name = `turn ${number}`;
  const answer = random.pick(["accept", "decline"] as const);
  const text = `${name} says ${"so much ".repeat(3 + random.below(6))}`.trim();
  const say: Step = { say: text, chunkChars: 12, delayMs: 20 };
  const command = `echo '${name}' >> trace.txt; sleep 0.${1 + random.below(4)}`;
  const thought: Step = { reason: `**Thinking** about ${name}` };
  const pace: Step = { waitMs: PACE_MS };
  const spoken = { kind: "agentMessage", status: "completed", text };
  const thinking = { kind: "reasoning", status: "completed", text: `**Thinking** about ${name}` };
  const ran = { kind: "commandExecution", status: "completed", text: command };
  const plans: Readonly<Record<TurnKind, Omit<PlannedTurn, "message"> & { steps: readonly Step[] }>> = {
    say: { steps: [pace, thought, say], items: [thinking, spoken] },
    command: { steps: [pace, { run: command }, say], items: [ran, spoken], trace: name },
    approval: {
      steps: [pace, { run: command, escalate: `May ${name} run?` }, say],
      items: [{ ...ran, status: answer === "accept" ? "completed" : "declined" }, spoken],
      answer,
      ...(answer === "accept" ? { trace: name } : {}),
    },
    patch: {
      steps: [pace, { patch: { path: `file-${number}.txt`, add: `${name}\n` } }, say],
      items: [{ kind: "fileChange", status: "completed", text: `file-${number}.txt` }, spoken],
    },
  };
  const { steps, items, ...plan } = plans[kind];
  const message = `!script ${JSON.stringify(steps)}`;
  return { ...plan, message, items: [{ kind: "userMessage", status: "completed", text: message }, ...items] };
}
