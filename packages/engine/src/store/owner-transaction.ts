import { OptioError, stateIn } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import { blobWrites } from "./blobs.ts";
import type { Commits } from "./commits.ts";
import type { Database } from "./database.ts";
import { decisionWrites } from "./decisions.ts";
import { manifestWrites } from "./manifests.ts";
import { messageWrites } from "./messages.ts";
import type { Fence } from "./process-writer.ts";
import { ProcessWriter, readFence } from "./process-writer.ts";
import type { OwnerKey, OwnerTransaction } from "./store.ts";
import { itemWrites, turnWrites } from "./turns-items.ts";

/** What transactions on records need. */
export interface StoreParts {
  readonly database: Database;
  readonly commits: Commits;
  readonly clock: Clock;
}

/** `Store.asOwner`. @throws `stale-owner`. */
export function runAsOwner<T>(
  parts: StoreParts,
  key: OwnerKey,
  work: (transaction: OwnerTransaction) => Promise<T>,
): Promise<T> {
  return parts.commits.write(async (transaction) => {
    const fence = await readFence(transaction, key.processId, parts.database.locksRows);
    const writer = new ProcessWriter(transaction, refuseStale(key, fence), parts.clock.now());
    const result = await work(ownerTransaction(writer));
    return { result, notice: await writer.finish() };
  });
}

function refuseStale(key: OwnerKey, fence: Fence | undefined): Fence {
  if (fence && fence.run === key.run && fence.epoch === key.epoch) return fence;
  const current = fence ? `run ${fence.run}, epoch ${fence.epoch}` : "no such process";
  throw new OptioError(
    "stale-owner",
    `the owner of run ${key.run}, epoch ${key.epoch} of process ${key.processId} lost it: the store has ${current}`,
  );
}

function ownerTransaction(writer: ProcessWriter): OwnerTransaction {
  return {
    append: async (event) => writer.append(event),
    patch: async (patch) => writer.patch(patch),
    async setState(from, to, patch) {
      const before = writer.state;
      if (!stateIn(before, from)) return undefined;
      writer.setState(to);
      writer.patch(patch);
      return before;
    },
    ...messageWrites(writer),
    ...turnWrites(writer),
    ...itemWrites(writer),
    ...decisionWrites(writer),
    ...manifestWrites(writer),
    ...blobWrites(writer),
  };
}
