import { OptioError } from "@optio/contract";
import type { Host } from "../host/host.ts";
import type { Owner, ProcessRecord } from "../store/store.ts";

/** How long an ownership lasts without renewal, unless an engine is told otherwise. */
export const LEASE_MS = 30_000;

/** This OS process as an owner without a lease. */
export type OwnerIdentity = Omit<Owner, "leaseUntil">;

/** The identity of this OS process. @throws `host-failed` when the machine does not tell. */
export async function identifyOwner(host: Host): Promise<OwnerIdentity> {
  const [facts, self] = await Promise.all([host.facts(), host.processes.identify(process.pid)]);
  if (!self) throw new OptioError("host-failed", `the start time of process ${process.pid} cannot be read`);
  return { machineId: facts.machineId, bootId: facts.bootId, pid: self.pid, startTime: self.startTime };
}

/**
 * Whether a record's run may be taken over now: nobody owns it, its owner was on this machine and is gone, or the lease is over
 * (design §5).
 */
export async function mayTakeOver(
  record: ProcessRecord,
  me: OwnerIdentity,
  host: Host,
  nowMs: number,
): Promise<boolean> {
  const owner = record.owner;
  if (!owner || owner.leaseUntil <= nowMs) return true;
  if (owner.machineId !== me.machineId) return false;
  if (owner.bootId !== me.bootId) return true;
  return !(await host.processes.isAlive({ pid: owner.pid, startTime: owner.startTime, bootId: owner.bootId }));
}
