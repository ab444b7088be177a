import { inject } from "vitest";
import type { DatabaseTemplate } from "../testing/postgres/shared-postgres.ts";
import { askForDatabase } from "../testing/postgres/shared-postgres.ts";
import type { StoreUnderTest } from "../testing/store/fixtures.ts";
import { openStore } from "./open-store.ts";

/** A database of a test on the shared server. Disposing drops it, whoever is still connected. */
export interface DatabaseUnderTest extends AsyncDisposable {
  readonly url: string;
}

/** Makes a database: with the newest schema and no rows by default. */
export function createPostgresDatabase(template: DatabaseTemplate = "optio_template"): Promise<DatabaseUnderTest> {
  return askForDatabase(inject("postgresDoor"), template);
}

/** An empty store on a PostgreSQL database of its own. */
export async function openPostgresForTest(): Promise<StoreUnderTest> {
  const database = await createPostgresDatabase();
  const location = { postgres: database.url };
  let store = await openStore(location);
  return {
    get store() {
      return store;
    },
    location,
    async reopen() {
      await store.close();
      store = await openStore(location);
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
