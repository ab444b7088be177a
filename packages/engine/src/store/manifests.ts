import type { Database } from "./database.ts";
import { fromJson, toJson } from "./json.ts";
import type { ProcessWriter } from "./process-writer.ts";
import type { ManifestStore, OwnerTransaction } from "./store.ts";

/** Manifests: what a run acquired and where it lives, for the next owner. */
export function createManifestStore(database: Database): ManifestStore {
  return {
    find: (processId, run) =>
      database.read(async (queries) => {
        const newest = queries
          .selectFrom("manifests")
          .select(["run", "manifest"])
          .where("process_id", "=", processId)
          .orderBy("run", "desc")
          .limit(1);
        const row = await (run === undefined ? newest : newest.where("run", "=", run)).executeTakeFirst();
        return row && { run: row.run, manifest: fromJson<unknown>(row.manifest) };
      }),
    remove: (processId) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom("manifests").where("process_id", "=", processId).execute();
      }),
  };
}

/** The manifest method of an owner's transaction. */
export function manifestWrites(writer: ProcessWriter): Pick<OwnerTransaction, "putManifest"> {
  return {
    async putManifest(value) {
      const manifest = toJson(value);
      await writer.queries
        .insertInto("manifests")
        .values({ process_id: writer.processId, run: writer.run, manifest })
        .onConflict((conflict) => conflict.columns(["process_id", "run"]).doUpdateSet({ manifest }))
        .execute();
    },
  };
}
