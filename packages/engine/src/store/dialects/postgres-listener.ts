import { setTimeout as delay } from "node:timers/promises";
import type { ClientConfig } from "pg";
import pg from "pg";
import { z } from "zod";
import type { CommitOfProcess, HeardCommit } from "./dialect.ts";
import { PostgresError } from "./postgres-error.ts";

/** The channel of the notices that the database's triggers send. */
export const CHANNEL = "optio";

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/** What a listener needs. */
export interface PostgresListenerOptions {
  readonly config: ClientConfig;
  readonly onError: (error: Error) => void;
  /** Between looks whether the connection is alive: one whose other end vanished hears nothing, not even that. */
  readonly heartbeatMs: number;
  /** Whether the writer's present connection has this name. */
  readonly isOwn: (origin: string) => boolean;
}

/** Listens on a connection of its own, which is made again when it breaks; then `unknown` is heard. @throws PostgresError. */
export async function listenPostgres(
  options: PostgresListenerOptions,
  heard: (commit: HeardCommit) => void,
): Promise<AsyncDisposable> {
  const stop = new AbortController();
  const first = await Listening.begin(options, heard);
  const done = keepListening(first, options, heard, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

async function keepListening(
  first: Listening,
  options: PostgresListenerOptions,
  heard: (commit: HeardCommit) => void,
  signal: AbortSignal,
): Promise<void> {
  let listening: Listening | undefined = first;
  let delayMs = FIRST_DELAY_MS;
  while (!signal.aborted) {
    try {
      listening ??= await Listening.begin(options, heard);
      if (listening !== first) heard({ kind: "unknown" });
      delayMs = FIRST_DELAY_MS;
      await listening.untilBroken(signal);
    } catch (error) {
      options.onError(new PostgresError(error));
    }
    listening = undefined;
    await delay(delayMs * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined);
    delayMs = Math.min(2 * delayMs, MAX_DELAY_MS);
  }
}

/** One connection that listens. */
class Listening {
  readonly #client: pg.Client;
  readonly #broken = Promise.withResolvers<never>();
  readonly #heartbeatMs: number;

  private constructor(options: PostgresListenerOptions, heard: (commit: HeardCommit) => void) {
    this.#heartbeatMs = options.heartbeatMs;
    this.#client = new pg.Client(options.config);
    this.#broken.promise.catch(() => undefined);
    this.#client.on("error", (error) => this.#broken.reject(error));
    this.#client.on("end", () => this.#broken.reject(new Error("the connection that listens ended")));
    this.#client.on("notification", ({ payload }) => heard(read(payload, options.isOwn)));
  }

  static async begin(options: PostgresListenerOptions, heard: (commit: HeardCommit) => void): Promise<Listening> {
    const listening = new Listening(options, heard);
    try {
      await listening.#client.connect();
      await listening.#client.query(`listen ${CHANNEL}`);
      return listening;
    } catch (error) {
      await listening.#end();
      throw new PostgresError(error);
    }
  }

  /** Resolves on abort. @throws Error when the connection breaks. */
  async untilBroken(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const heartbeat = setInterval(() => {
      this.#client.query("select 1").catch((error: unknown) => this.#broken.reject(error));
    }, this.#heartbeatMs);
    heartbeat.unref();
    try {
      if (!signal.aborted) await Promise.race([aborted, this.#broken.promise]);
    } finally {
      clearInterval(heartbeat);
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}

const noticeSchema = z.object({
  o: z.string().nullable(),
  p: z.string(),
  c: z.number().nullable(),
  r: z.boolean(),
});

function read(payload: string | undefined, isOwn: (origin: string) => boolean): HeardCommit {
  const notice = noticeSchema.safeParse(parseJson(payload));
  if (!notice.success) return { kind: "unknown" };
  const { o, p, c, r } = notice.data;
  return {
    kind: "process",
    processId: p,
    changeId: c,
    removed: r,
    own: o !== null && isOwn(o),
  } satisfies CommitOfProcess;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
