/** What PostgreSQL or the connection to it failed with. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";

  constructor(cause: unknown) {
    super(describe(cause), { cause });
  }
}

function describe(cause: unknown): string {
  // what several addresses of a host refused comes without a message of its own
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(describe).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
}
