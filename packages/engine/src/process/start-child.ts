import { END_STATES, LAUNCHABLE_STATES, OptioError, processIdSchema, stateIn } from "@optio/contract";
import type { NewProcess, ProcessRecord } from "../store/store.ts";
import { cancelReason, deliverCancel } from "./cancel.ts";
import type { ChildTask } from "./children.ts";
import { toProcess } from "./definitions/to-process.ts";
import { endRun } from "./end-run.ts";
import type { ClaimedRun, Launch } from "./launch.ts";
import { claimRun, startClaimed } from "./launch.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { keyOf } from "./transition.ts";

/** The process id of a child. */
export function childIdOf(parent: LiveRun, task: Pick<ChildTask, "id">): string {
  return `${parent.id}.${task.id}`;
}

/** Whether a child would be refused because its parent was told to end and takes its children along. */
export function refusesChildren(parent: LiveRun): boolean {
  return parent.cancel !== undefined && parent.cancelsChildren;
}

/**
 * Starts a child of a run, in this OS process: a new process below it, or the one of an earlier run with that id, fresh or resumed.
 * @throws `id-taken`, `launch-blocked`, `invalid` for a bad id, `contradiction` when the parent's body is over, `stale-owner`.
 */
export function startChild(
  parts: ProcessParts,
  parent: LiveRun,
  task: ChildTask,
  options: { readonly resume?: boolean | undefined } = {},
): Promise<Launch> {
  const starting = begin(parts, parent, task, options.resume ?? parent.mode === "resume");
  // the parent's end waits for starts under way: what they start is below it
  const settled = starting.then(
    () => undefined,
    () => undefined,
  );
  parent.startingChildren.add(settled);
  void settled.then(() => parent.startingChildren.delete(settled));
  return starting;
}

async function begin(parts: ProcessParts, parent: LiveRun, task: ChildTask, resume: boolean): Promise<Launch> {
  const id = checkId(parent, task);
  parent.childIds.add(id);
  const order = parent.childCount++;
  try {
    const place = toPlace(parts, parent, task, order);
    const claimed = await parts.gate.admit(place, () => claimChild(parts, place, resume));
    return await attach(parts, parent, task, claimed);
  } catch (error) {
    if (!(error instanceof OptioError && error.code === "id-taken")) parent.childIds.delete(id);
    throw error;
  }
}

/** The child counts once its parent's log has it: whoever lost the parent starts nothing below it. */
async function attach(parts: ProcessParts, parent: LiveRun, task: ChildTask, claimed: ClaimedRun): Promise<Launch> {
  const { store } = parts.options.services;
  const { record } = claimed;
  const how = claimed.mode === "resume" ? "is resumed" : "starts";
  try {
    await store.asOwner(parent.key, (tx) =>
      tx.append({ type: "process.logged", level: "debug", message: `child '${record.id}' ${how}` }),
    );
  } catch (error) {
    await endRun(parts, keyOf(record), { state: "cancelled" });
    throw error;
  }
  const launch = startClaimed(parts, { ...claimed, task, parent });
  if (refusesChildren(parent) || parts.stopping.signal.aborted) await inherit(parts, parent, launch.run);
  return launch;
}

async function inherit(parts: ProcessParts, parent: LiveRun, child: LiveRun): Promise<void> {
  const reason = parent.cancel?.reason ?? cancelReason(child.id, "was started while the engine stops");
  const deadline = parent.cancel && { deadlineMs: parent.cancel.deadlineMs };
  await deliverCancel(parts, child, { reason, ...deadline });
}

async function claimChild(parts: ProcessParts, place: NewProcess, resume: boolean): Promise<ClaimedRun> {
  const { processes } = parts.options.services.store;
  const found = await processes.find(place.id);
  if (found && (found.parent !== place.parent || !stateIn(found.state, LAUNCHABLE_STATES))) throw taken(found);
  // what the parent says of its child now counts, as with any definition
  const record = found ? await processes.define(place) : await processes.insert(place);
  const claimed = await claimRun(parts, record, resume && stateIn(record.state, END_STATES) && record.supportsResume);
  if (!claimed) throw taken(record);
  return claimed;
}

/** @throws `invalid`, `id-taken`, `contradiction`, `stale-owner`. */
function checkId(parent: LiveRun, task: ChildTask): string {
  const id = childIdOf(parent, task);
  const parsed = processIdSchema.safeParse(id);
  if (!parsed.success)
    throw new OptioError("invalid", `id: '${id}' cannot be a child's id: ${parsed.error.issues[0]?.message}`);
  if (parent.isFenced || (parent.isOver && !parent.isClosing))
    throw new OptioError("stale-owner", `run ${parent.key.run} of '${parent.id}' is over; it starts no child '${id}'`);
  if (parent.isClosing)
    throw new OptioError("contradiction", `the body of '${parent.id}' has returned; it starts no child '${id}'`);
  if (parent.childIds.has(id))
    throw new OptioError("id-taken", `run ${parent.key.run} of '${parent.id}' has a child '${task.id}' already`);
  return id;
}

function taken({ id, state, parent }: ProcessRecord): OptioError {
  return new OptioError("id-taken", `process '${id}' exists below '${parent ?? "no parent"}' and is ${state}`);
}

function toPlace({ options }: ProcessParts, parent: LiveRun, task: ChildTask, order: number): NewProcess {
  const place = toProcess(
    { ...task, id: childIdOf(parent, task), metadata: parent.record.metadata },
    {
      parent: parent.id,
      sessionFacts: options.sessionFacts,
    },
  );
  return { ...place, order };
}
