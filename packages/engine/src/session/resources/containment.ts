import type { SessionWork } from "../session-work.ts";
import type { SessionResource } from "./resource.ts";

/** Row 5: one posture for every launch surface of the run. */
export const containment: SessionResource = {
  name: "containment",
  acquire: resolve,
  adopt: resolve,
};

async function resolve(work: SessionWork, signal: AbortSignal): Promise<void> {
  const posture = await work.driver.resolvePosture(signal);
  work.posture = posture;
  const { sandbox, approvals, networkAccess, containment: kind } = posture;
  work.board.set({ posture: { sandbox, approvals, networkAccess, containment: kind } });
}
