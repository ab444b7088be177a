import type { Posture } from "../../agent/agent-kind.ts";
import type { SessionWork } from "../session-work.ts";
import type { SessionResource } from "./resource.ts";

/** Row 5: one posture for every launch surface of the run. */
export const containment: SessionResource = {
  name: "containment",
  async acquire(work, signal) {
    const posture = await work.driver.resolvePosture(signal);
    // stored with the next change of the manifest, which names the program that runs under it
    work.manifest = { ...work.manifest, posture };
    show(work, posture);
  },
  async adopt(work, signal) {
    show(work, work.manifest.posture ?? (await work.driver.resolvePosture(signal)));
  },
};

function show(work: SessionWork, posture: Posture): void {
  work.posture = posture;
  const { sandbox, approvals, networkAccess, containment: kind } = posture;
  work.board.set({ posture: { sandbox, approvals, networkAccess, containment: kind } });
}
