import type { Resource, ResourceStack } from "../kernel/resource-stack.ts";
import { agentRuntime } from "./resources/agent-runtime.ts";
import { agentServer } from "./resources/agent-server.ts";
import { connection } from "./resources/connection.ts";
import { containment } from "./resources/containment.ts";
import { hostConnection } from "./resources/host-connection.ts";
import { instructions } from "./resources/instructions.ts";
import { past } from "./resources/past.ts";
import type { SessionResource } from "./resources/resource.ts";
import { workspace } from "./resources/workspace.ts";
import type { SessionWork } from "./session-work.ts";
import { changeManifest, driverFor } from "./session-work.ts";

/** The rows of the lifecycle table that have landed, in the order of acquiring. */
export const SESSION_RESOURCES: readonly SessionResource[] = [
  hostConnection,
  workspace,
  past,
  agentRuntime,
  containment,
  instructions,
  agentServer,
  connection,
];

/** Acquires every resource for a run that starts or resumes; what was acquired before a failure is on the stack. */
export async function acquireSession(work: SessionWork, stack: ResourceStack, signal: AbortSignal): Promise<void> {
  await beginLife(work);
  for (const resource of SESSION_RESOURCES) {
    stack.push(toResource(resource, work));
    await resource.acquire(work, signal);
    signal.throwIfAborted();
  }
}

/** Finds every resource again after a restart of the server, the connection aside: it may be gone, and is the caller's to restore. */
export async function adoptSession(work: SessionWork, stack: ResourceStack, signal: AbortSignal): Promise<void> {
  // all of them exist already: a cancel at any moment from here on must find and end each
  for (const resource of SESSION_RESOURCES) stack.push(toResource(resource, work));
  for (const resource of SESSION_RESOURCES) {
    if (resource !== connection) await resource.adopt?.(work, signal);
    signal.throwIfAborted();
  }
}

/** Counts a new life of the program before anything of it exists. */
export async function beginLife(work: SessionWork): Promise<void> {
  await changeManifest(work, { life: work.manifest.life + 1, program: null });
  work.driver = driverFor(work);
}

function toResource(resource: SessionResource, work: SessionWork): Resource {
  const { release, detach, releaseTimeoutMs } = resource;
  return {
    name: resource.name,
    ...(release ? { release: (signal: AbortSignal) => release(work, signal) } : {}),
    ...(detach ? { detach: (signal: AbortSignal) => detach(work, signal) } : {}),
    ...(releaseTimeoutMs ? { timeoutMs: releaseTimeoutMs } : {}),
  };
}
