import type { ProcessSummary } from "@optio/contract";
import { END_STATES, feedFrameSchema, OptioError, stateIn, unwrap } from "@optio/contract";
import type { Connection } from "./connect.ts";
import type { FollowStreamOptions } from "./follow-stream.ts";
import { followStream } from "./follow-stream.ts";

export interface WaitOptions extends FollowStreamOptions {
  readonly id: string;
  /** The run whose end is waited for. */
  readonly run: number;
  /** Hears why the connection was lost; the wait goes on. */
  readonly onLost?: (reason: string) => void;
}

/**
 * Waits for the end of a run, across restarts of the server, and gives the process as it is then; undefined when the process is
 * gone. Rejects with `cancelled` when the signal aborts.
 * @throws what `followStream` throws.
 */
export async function waitForEnd(connection: Connection, options: WaitOptions): Promise<ProcessSummary | undefined> {
  const { id, run, signal } = options;
  const isOver = (process: ProcessSummary) =>
    process.run > run || stateIn(process.state, END_STATES) || process.state === "idle";
  const path = `/api/feed?${new URLSearchParams({ filter: JSON.stringify({ id }) })}`;
  for await (const followed of followStream(connection, () => path, options)) {
    if (followed.kind === "lost") options.onLost?.(followed.reason);
    if (followed.kind !== "message") continue;
    const frame = feedFrameSchema.parse(JSON.parse(followed.message.data));
    if (frame.type === "process.removed" && frame.id === id) return undefined;
    if (frame.type === "process" && frame.process.id === id && isOver(frame.process)) return frame.process;
    // the feed begins with the count: from here on it tells what changes, so this look misses nothing
    if (frame.type === "decisions") {
      const process = await find(connection, id);
      if (!process || isOver(process)) return process;
    }
  }
  throw new OptioError("cancelled", `stopped waiting for '${id}'; its run goes on`, {
    cause: signal.reason,
    data: { next: `Watch it with: optio log ${id} --follow` },
  });
}

async function find({ api }: Connection, id: string): Promise<ProcessSummary | undefined> {
  try {
    return await unwrap(api.GET("/processes/{id}", { params: { path: { id } } }));
  } catch (error) {
    if (error instanceof OptioError && error.code === "not-found") return undefined;
    throw error;
  }
}
