import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from "kysely";
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import type { PoolClient, PoolConfig, QueryResultRow } from "pg";
import pg from "pg";
import { PostgresError } from "./postgres-error.ts";
import { encodeParameter } from "./postgres-text.ts";

const MAX_PREPARED = 500;
const MAX_PREPARED_LENGTH = 4_000;

/** What a driver needs. */
export interface PostgresDriverOptions {
  /** Contract: `pipeline` is on. */
  readonly config: PoolConfig;
  /** Hears of connections that broke while nobody used them. */
  readonly onError: (error: Error) => void;
  /** Names each new connection; the name is in the notices of its commits. */
  readonly nameOrigin?: () => string;
}

/** Kysely's dialect on a driver that saves round trips and whose every error is a `PostgresError`. */
export function postgresDialect(options: PostgresDriverOptions): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PostgresDriver(options),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class PostgresDriver implements Driver {
  readonly #pool: pg.Pool;
  readonly #statements = new StatementNames();

  constructor({ config, onError, nameOrigin }: PostgresDriverOptions) {
    this.#pool = new pg.Pool(config);
    this.#pool.on("error", onError);
    this.#pool.on("connect", (client) => {
      // the pool listens while a client is idle only, and an error that nobody listens for ends this OS process
      client.on("error", onError);
      if (nameOrigin) client.query("select set_config('optio.origin', $1, false)", [nameOrigin()]).catch(onError);
    });
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect(), this.#statements);
    } catch (error) {
      throw new PostgresError(error);
    }
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    ofThisDriver(connection).begin();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await ofThisDriver(connection).end("commit");
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // what cannot be rolled back has lost its connection, and with it the transaction: the error that led here says more
    await ofThisDriver(connection)
      .end("rollback")
      .catch(() => undefined);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ofThisDriver(connection).release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #statements: StatementNames;
  #beginning: Promise<unknown> | undefined;
  #broken = false;

  constructor(client: PoolClient, statements: StatementNames) {
    this.#client = client;
    this.#statements = statements;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const result = this.#client.query<R & QueryResultRow>({
      name: this.#statements.nameOf(sql),
      text: sql,
      values: parameters.map(encodeParameter),
    });
    try {
      const [{ command, rowCount, rows }] = await Promise.all([result, this.#beginning]);
      return { rows, ...(command !== "SELECT" && rowCount !== null && { numAffectedRows: BigInt(rowCount) }) };
    } catch (error) {
      throw new PostgresError(error);
    }
  }

  // biome-ignore lint/correctness/useYield: the store streams nothing
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError("the store streams no query");
  }

  /** Sends the command ahead of the first statement, without a round trip of its own. */
  begin(): void {
    this.#beginning = this.#client.query("begin");
    this.#beginning.catch(() => undefined);
  }

  async end(command: "commit" | "rollback"): Promise<void> {
    try {
      const [{ command: done }] = await Promise.all([this.#client.query(command), this.#beginning]);
      if (done.toLowerCase() !== command) throw new Error("the transaction had failed and was rolled back");
    } catch (error) {
      this.#broken = true;
      throw new PostgresError(error);
    } finally {
      this.#beginning = undefined;
    }
  }

  release(): void {
    this.#client.release(this.#broken);
  }
}

function ofThisDriver(connection: DatabaseConnection): PostgresConnection {
  if (connection instanceof PostgresConnection) return connection;
  throw new TypeError("a connection of another driver");
}

/**
 * Names for statements, so that a connection prepares each once. One that asks for every column gets none: its result changes when a
 * newer program adds a column, and a prepared one fails then.
 */
class StatementNames {
  readonly #names = new Map<string, string>();

  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (text.length > MAX_PREPARED_LENGTH || this.#names.size >= MAX_PREPARED || text.includes("*")) return undefined;
    const name = `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
