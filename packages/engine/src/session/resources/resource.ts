import type { SessionWork } from "../session-work.ts";

/** One row of the lifecycle table (design §4). Every verb is optional but acquiring; releases tolerate a half-done acquire. */
export interface SessionResource {
  readonly name: string;
  /** Makes it for a run that starts or resumes. */
  acquire(work: SessionWork, signal: AbortSignal): Promise<void>;
  /** Finds it again from the manifest, after a restart of the server. */
  adopt?(work: SessionWork, signal: AbortSignal): Promise<void>;
  /** Drops this process's handles; the session lives on. */
  detach?(work: SessionWork, signal: AbortSignal): Promise<void>;
  /** Ends it with the session. */
  release?(work: SessionWork, signal: AbortSignal): Promise<void>;
  readonly releaseTimeoutMs?: number;
}
