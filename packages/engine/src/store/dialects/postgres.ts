import { randomUUID } from "node:crypto";
import { OptioError } from "@optio/contract";
import { Kysely } from "kysely";
import type { PoolConfig } from "pg";
import type { Logger } from "../../kernel/logger.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { Schema } from "../schema.ts";
import type { DialectConnections } from "./dialect.ts";
import type { PostgresDriverOptions } from "./postgres-driver.ts";
import { postgresDialect } from "./postgres-driver.ts";
import { PostgresError } from "./postgres-error.ts";
import { listenPostgres } from "./postgres-listener.ts";
import { postgresTypes } from "./postgres-text.ts";
import { Throttle } from "./throttle.ts";

const SECOND_MS = 1_000;
const READERS = 5;
const SECONDS_BETWEEN_REPORTS = 60;

/** How long the store waits for its database. */
export interface PostgresTimeouts {
  /** For a connection; default 5 s. */
  readonly connectMs: number;
  /** For the answer to a statement, locks of others included; default 30 s. */
  readonly statementMs: number;
  /** Between looks whether the connection that listens is alive; default 30 s. */
  readonly heartbeatMs: number;
}

const TIMEOUTS: PostgresTimeouts = {
  connectMs: 5 * SECOND_MS,
  statementMs: 30 * SECOND_MS,
  heartbeatMs: 30 * SECOND_MS,
};

/**
 * Connects to a PostgreSQL database when it is first used: one connection that writes, up to five that read, one that listens for
 * commits of others. A connection that broke is replaced at the next use.
 * @throws `store-failed` when the url is none of PostgreSQL's; the error does not repeat it, since it may hold a password.
 */
export function connectPostgres(
  url: string,
  options: { readonly logger?: Logger; readonly timeouts?: Partial<PostgresTimeouts> } = {},
): DialectConnections {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const logger = options.logger ?? silentLogger;
  const throttle = new Throttle(SECONDS_BETWEEN_REPORTS * SECOND_MS);
  const onError = (error: Error) =>
    throttle.run((left) => logger.warn({ error: error.message, left }, "a connection to the store broke"));
  const unlimited: PoolConfig = {
    connectionString: refuseOtherUrl(url),
    connectionTimeoutMillis: timeouts.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10 * SECOND_MS,
    types: postgresTypes,
    pipeline: true,
  };
  const config: PoolConfig = {
    ...unlimited,
    statement_timeout: timeouts.statementMs,
    // the server's own limit comes first; this one is for a server that does not answer at all
    query_timeout: timeouts.statementMs + timeouts.connectMs,
    idle_in_transaction_session_timeout: 2 * timeouts.statementMs,
  };
  const open = (driver: PostgresDriverOptions) => new Kysely<Schema>({ dialect: postgresDialect(driver) });
  let origin = "";
  return {
    kind: "postgres",
    writer: open({
      config: { ...config, max: 1, idleTimeoutMillis: 0 },
      onError,
      // new for each connection: whether the last commit of one that broke was done, only its notice tells
      nameOrigin: () => (origin = randomUUID()),
    }),
    openReader: () => open({ config: { ...config, max: READERS }, onError }),
    openMigrator: () => open({ config: { ...unlimited, max: 1 }, onError }),
    locksRows: true,
    isDatabaseError: (error) => error instanceof PostgresError,
    listen: (heard) =>
      listenPostgres({ config, onError, heartbeatMs: timeouts.heartbeatMs, isOwn: (name) => name === origin }, heard),
  };
}

function refuseOtherUrl(url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "postgres:" || protocol === "postgresql:") return url;
  throw new OptioError(
    "store-failed",
    "the url of the store is none of PostgreSQL's: it should be like postgres://user:password@host:5432/database",
  );
}
