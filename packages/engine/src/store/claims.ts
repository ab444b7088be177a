import type { ProcessState } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { withdrawPendingDecisions } from "./decisions.ts";
import { dropUnsentMessages } from "./messages.ts";
import type { StoreParts } from "./owner-transaction.ts";
import { ownerColumns, toRecord } from "./process-rows.ts";
import { ProcessWriter, readFence } from "./process-writer.ts";
import type { Owner, ProcessPatch, ProcessRecord, ProcessStore } from "./store.ts";

type Claims = Pick<ProcessStore, "claim" | "takeOver" | "renewLeases" | "setStateUnowned">;

/** What belongs to one run is not there when the next begins; above all the record must not expire while it runs. */
const NOTHING_YET = {
  progress: null,
  error: null,
  widgetData: null,
  endedAt: null,
  expiresAt: null,
  autoResumeStamped: false,
} as const satisfies ProcessPatch;

/** The methods that move ownership or state from outside a run; each is one transaction. */
export function createClaims(parts: StoreParts): Claims {
  return {
    claim: (id, from, owner, patch) => claim(parts, id, from, owner, patch),
    takeOver: (id, seen, owner) => takeOver(parts, id, seen, owner),
    renewLeases: (owner) => renewLeases(parts, owner),
    setStateUnowned: (seen, from, to, patch, reason) =>
      changeProcess(parts, seen.processId, async (writer, { run, epoch }) => {
        if (run !== seen.run || epoch !== seen.epoch || !stateIn(writer.state, from)) return false;
        moveTo(writer, to, reason);
        writer.patch(patch);
        return true;
      }),
  };
}

function claim(parts: StoreParts, id: string, from: readonly ProcessState[], owner: Owner, patch: ProcessPatch) {
  const now = parts.clock.now();
  return changeProcess(parts, id, async (writer, seen) => {
    if (!stateIn(writer.state, from)) return false;
    await withdrawPendingDecisions(writer, now);
    if (await dropUnsentMessages(writer.queries, id)) {
      writer.append({ type: "queue.changed", queue: [] });
      writer.markCounts();
    }
    moveTo(writer, "scheduled", undefined, seen.run + 1);
    writer.setColumns({ run: seen.run + 1, epoch: seen.epoch + 1, ...ownerColumns(owner) });
    writer.patch({ ...NOTHING_YET, startedAt: now, ...patch });
    return true;
  });
}

/** Not a change that readers of the record see, so listeners do not hear of it. */
function takeOver(parts: StoreParts, id: string, seen: { run: number; epoch: number }, owner: Owner) {
  return parts.database.write(async (transaction) => {
    const row = await transaction
      .updateTable("processes")
      .set({ epoch: seen.epoch + 1, ...ownerColumns(owner) })
      .where("id", "=", id)
      // it may have ended since: a cancel of a run that has not begun takes no epoch
      .where("state", "in", ACTIVE_STATES)
      .where("run", "=", seen.run)
      .where("epoch", "=", seen.epoch)
      .returningAll()
      .executeTakeFirst();
    return row && toRecord(row);
  });
}

function renewLeases(parts: StoreParts, owner: Owner): Promise<number> {
  return parts.database.write(async (transaction) => {
    const renewed = await transaction
      .updateTable("processes")
      .set({ lease_until: owner.leaseUntil })
      .where("state", "in", ACTIVE_STATES)
      .where("owner_machine", "=", owner.machineId)
      .where("owner_boot", "=", owner.bootId)
      .where("owner_pid", "=", owner.pid)
      .where("owner_start", "=", owner.startTime)
      .executeTakeFirst();
    return Number(renewed.numUpdatedRows);
  });
}

function moveTo(writer: ProcessWriter, to: ProcessState, reason: string | undefined, run: number = writer.run): void {
  const from = writer.state;
  writer.append({ type: "process.state_changed", from, to, ...(reason !== undefined && { reason }) }, run);
  writer.setState(to);
}

/** Applies a change that may refuse; answers with the record after it, undefined when it refused or the process is not there. */
function changeProcess(
  parts: StoreParts,
  id: string,
  change: (writer: ProcessWriter, seen: { run: number; epoch: number }) => Promise<boolean>,
): Promise<ProcessRecord | undefined> {
  return parts.commits.write(async (transaction) => {
    const fence = await readFence(transaction, id, parts.database.locksRows);
    if (!fence) return { result: undefined, notice: undefined };
    const writer = new ProcessWriter(transaction, fence, parts.clock.now());
    if (!(await change(writer, fence))) return { result: undefined, notice: undefined };
    const notice = await writer.finish();
    const row = await transaction.selectFrom("processes").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    return { result: toRecord(row), notice };
  });
}
