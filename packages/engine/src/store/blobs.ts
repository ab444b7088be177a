import type { Database } from "./database.ts";
import type { ProcessWriter } from "./process-writer.ts";
import type { BlobsTable } from "./schema.ts";
import type { BlobStore, OwnerTransaction, StoredBlob } from "./store.ts";

/** Reads of the names of stored files. */
export function createBlobStore(database: Database): BlobStore {
  return {
    async find(processId, name) {
      const row = await database.read((queries) =>
        queries
          .selectFrom("blobs")
          .selectAll()
          .where("process_id", "=", processId)
          .where("name", "=", name)
          .executeTakeFirst(),
      );
      return row && toBlob(row);
    },
    async list(processId) {
      const rows = await database.read((queries) =>
        queries.selectFrom("blobs").selectAll().where("process_id", "=", processId).execute(),
      );
      // not by the database: kinds of databases disagree on the order of texts
      return rows.map(toBlob).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async unused(hashes) {
      if (hashes.length === 0) return [];
      const rows = await database.read((queries) =>
        queries.selectFrom("blobs").select("hash").distinct().where("hash", "in", hashes).execute(),
      );
      const used = new Set(rows.map((row) => row.hash));
      return hashes.filter((hash) => !used.has(hash));
    },
  };
}

/** The blob methods of an owner's transaction. */
export function blobWrites(writer: ProcessWriter): Pick<OwnerTransaction, "putBlob" | "removeBlob"> {
  return {
    async putBlob({ name, hash, sizeBytes, createdAt }) {
      const content = { hash, size_bytes: sizeBytes, created_at: createdAt };
      await writer.queries
        .insertInto("blobs")
        .values({ process_id: writer.processId, name, ...content })
        .onConflict((conflict) => conflict.columns(["process_id", "name"]).doUpdateSet(content))
        .execute();
    },
    async removeBlob(name) {
      const deleted = await writer.queries
        .deleteFrom("blobs")
        .where("process_id", "=", writer.processId)
        .where("name", "=", name)
        .executeTakeFirst();
      return deleted.numDeletedRows > 0n;
    },
  };
}

function toBlob(row: BlobsTable): StoredBlob {
  return { name: row.name, hash: row.hash, sizeBytes: row.size_bytes, createdAt: row.created_at };
}
