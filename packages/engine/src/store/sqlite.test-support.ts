import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreUnderTest } from "../testing/store/fixtures.ts";
import { openStore } from "./open-store.ts";

/** An empty store on a database file of its own. */
export async function openSqliteForTest(): Promise<StoreUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), "optio-store-"));
  const location = { sqlite: join(directory, "home", "optio.db") };
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
      await rm(directory, { recursive: true, force: true });
    },
  };
}
