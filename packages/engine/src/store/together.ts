import type { CompiledQuery, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/**
 * Executes statements in order, answering with the rows of the last. They are sent at once, so that a database elsewhere is asked in one
 * round trip; it settles after all of them have, so that none comes after the end of the transaction.
 * @throws what the first that failed threw.
 */
export function executeTogether<T>(
  transaction: Transaction<Schema>,
  statements: readonly CompiledQuery<unknown>[],
  last: CompiledQuery<T>,
): Promise<T[]> {
  return transaction.getExecutor().provideConnection(async (connection) => {
    const before = statements.map((statement) => connection.executeQuery(statement));
    const result = connection.executeQuery<T>(last);
    await Promise.allSettled([...before, result]);
    await Promise.all(before);
    return (await result).rows;
  });
}
