import type { LogLevel, LogLine } from "@optio/contract";
import { logLineSchema } from "@optio/contract";
import type { Connection } from "./connect.ts";
import type { FollowStreamOptions } from "./follow-stream.ts";
import { followStream } from "./follow-stream.ts";

/** Which lines of a log. */
export interface LogFilter {
  /** This level and the graver ones. */
  readonly level?: LogLevel;
  readonly run?: number;
  /** Text of the message. */
  readonly q?: string;
}

/** A line of a log, or news of the connection. */
export type LogPiece =
  | { readonly kind: "line"; readonly line: LogLine }
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "back" };

/**
 * The lines of a log after a number as they are written, each once and in order, across restarts of the server.
 * Ends only when the consumer stops or the signal aborts.
 * @throws what `followStream` throws.
 */
export async function* followLog(
  connection: Connection,
  id: string,
  options: FollowStreamOptions & { readonly after: number; readonly filter: LogFilter },
): AsyncGenerator<LogPiece, void, undefined> {
  let { after } = options;
  const path = () => {
    const query = new URLSearchParams({ after: String(after) });
    for (const [key, value] of Object.entries(options.filter)) if (value !== undefined) query.set(key, String(value));
    return `/api/processes/${encodeURIComponent(id)}/log?${query}`;
  };
  for await (const followed of followStream(connection, path, options)) {
    if (followed.kind !== "message") {
      yield followed;
      continue;
    }
    if (followed.message.event !== "log") continue;
    const line = logLineSchema.parse(JSON.parse(followed.message.data));
    if (line.seq <= after) continue;
    after = line.seq;
    yield { kind: "line", line };
  }
}
