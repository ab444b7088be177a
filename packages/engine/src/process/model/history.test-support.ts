import { END_STATES, PROCESS_ARROWS, stateIn } from "@optio/contract";
import type { ProcessRecord, Store } from "../../store/store.ts";
import type { ModelBody } from "./model-body.test-support.ts";

const ALL = 10_000;

/** What is wrong with the history of a process: its states are a walk along the arrows, its runs and numbers have no gap. */
export async function findHistoryProblems(store: Store, record: ProcessRecord): Promise<string[]> {
  const problems: string[] = [];
  const { id } = record;
  const say = (what: string) => problems.push(`'${id}': ${what}`);
  const envelopes = await store.events.list(id, { after: 0, limit: ALL });
  let state = "idle";
  let run = 0;
  let ends = 0;
  for (const [index, { seq, run: ofRun, event }] of envelopes.entries()) {
    if (seq !== index + 1) say(`event ${index + 1} has seq ${seq}`);
    if (event.type !== "process.state_changed") continue;
    if (event.from !== state) say(`seq ${seq} leaves ${event.from}, but the state was ${state}`);
    if (!PROCESS_ARROWS[event.from].includes(event.to)) say(`seq ${seq} goes ${event.from} > ${event.to}`);
    if (event.to === "scheduled") run += 1;
    if (event.to === "scheduled") ends = 0;
    if (stateIn(event.to, END_STATES)) ends += 1;
    if (ends > 1) say(`run ${run} ends ${ends} times`);
    if (ofRun !== run) say(`seq ${seq} is of run ${ofRun}, not ${run}`);
    state = event.to;
  }
  if (record.state !== state || record.run !== run)
    say(`it is ${record.state} in run ${record.run}, not ${state} in ${run}`);
  if (record.headSeq !== envelopes.length) say(`its head is ${record.headSeq}, not ${envelopes.length}`);
  if (stateIn(record.state, END_STATES) && record.owner) say(`it is ${record.state} and has an owner`);
  return problems;
}

/** What is wrong with the lines that bodies wrote: none of a body that never began or that was refused, none of an earlier one after those of a later one. */
export async function findLogProblems(
  store: Store,
  record: ProcessRecord,
  bodies: readonly ModelBody[],
): Promise<string[]> {
  const problems: string[] = [];
  const { items } = await store.logs.list(record.id, { after: 0, limit: ALL });
  const written = items.filter(({ message }) => message.startsWith("body "));
  const taken = new Map(bodies.flatMap((body) => [...body.taken, ...body.refused].map((text) => [text, body])));
  let before: ModelBody | undefined;
  for (const { message, run } of written) {
    const body = taken.get(message);
    // its answer has not come yet
    if (!body) continue;
    if (body.ctx.processId !== record.id || body.ctx.run !== run)
      problems.push(`'${message}' stands in run ${run} of '${record.id}'`);
    if (body.refused.includes(message))
      problems.push(`'${message}' was refused and stands in the log of '${record.id}'`);
    if (before && isBefore(body, before))
      problems.push(`'${message}' of '${record.id}' stands after a line of a later owner`);
    before = body;
  }
  return problems;
}

function isBefore(one: ModelBody, other: ModelBody): boolean {
  const [a, b] = [one.ctx.key, other.ctx.key];
  return a.run < b.run || (a.run === b.run && a.epoch < b.epoch);
}
