import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { askForPostgres, databaseUrl, executeOn, TEMPLATE_DATABASE } from "../testing/postgres/shared-postgres.ts";
import type { StoreUnderTest } from "../testing/store/fixtures.ts";
import { openStore } from "./open-store.ts";

/** A database of a test on the shared server. Disposing drops it, whoever is still connected. */
export interface DatabaseUnderTest extends AsyncDisposable {
  readonly url: string;
}

/** A database with the newest schema and no rows, or an altogether empty one. */
export async function createPostgresDatabase(options: { readonly empty?: boolean } = {}): Promise<DatabaseUnderTest> {
  const server = await askForPostgres(inject("postgresDoor"));
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await executeOn(server, `create database ${name} template ${options.empty ? "template0" : TEMPLATE_DATABASE}`);
  return {
    url: databaseUrl(server, name),
    [Symbol.asyncDispose]: () => executeOn(server, `drop database ${name} with (force)`),
  };
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
