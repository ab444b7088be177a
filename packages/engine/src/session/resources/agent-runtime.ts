import type { SessionWork } from "../session-work.ts";
import type { SessionResource } from "./resource.ts";

/** Row 4: the agent's program, isolated home and configuration. */
export const agentRuntime: SessionResource = {
  name: "agentRuntime",
  acquire: prepare,
};

async function prepare(work: SessionWork, signal: AbortSignal): Promise<void> {
  await work.driver.prepare(signal);
}
