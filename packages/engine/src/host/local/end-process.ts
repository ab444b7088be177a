import { setTimeout as delay } from "node:timers/promises";
import { OptioError } from "@optio/contract";
import type { ProcessIdentity } from "../host.ts";
import { isAlive, sendSignal } from "./process-table.ts";

/** After a KILL only the kernel can be slow. */
const KILLED_GRACE_MS = 10_000;

/** Sends the signal to this very process; false when it is gone. */
export function signalIfAlive(identity: ProcessIdentity, signal: "SIGTERM" | "SIGKILL"): boolean {
  return isAlive(identity) && sendSignal(identity.pid, signal);
}

/** Resolves when all, having been sent KILL, are gone. @throws `host-failed` naming the ones that stay. */
export async function requireGone(identities: readonly ProcessIdentity[], signal?: AbortSignal): Promise<void> {
  if (await waitUntilGone(identities, KILLED_GRACE_MS, signal)) return;
  const pids = identities.filter(isAlive).map(({ pid }) => pid);
  throw new OptioError("host-failed", `process ${pids.join(", ")} is still there ${KILLED_GRACE_MS} ms after KILL`);
}

/** True when all are gone within the time. Rejects with the abort reason. */
export async function waitUntilGone(
  identities: readonly ProcessIdentity[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  // the kernel tells only a parent: look often at first, as most programs end at once
  for (let pauseMs = 2; ; pauseMs = Math.min(50, pauseMs * 1.5)) {
    signal?.throwIfAborted();
    if (!identities.some(isAlive)) return true;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    await delay(Math.min(pauseMs, leftMs));
  }
}
