import { OptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import type { BlobContent, BlobFiles } from "../store/blobs/blob-files.ts";
import type { OwnerKey, Store, StoredBlob } from "../store/store.ts";

const MAX_NAME_BYTES = 255;

/** A file kept with a process: its name, the SHA-256 of its content in hex, its size, and when it was stored (ms since 1970). */
export type BlobInfo = StoredBlob;

/** The blobs of one process. */
export interface BlobHandle {
  /**
   * Stores bytes under a name, replacing what was there. Streams; nothing is visible before it is whole. The name is no path.
   * @throws `invalid` for a bad name, `stale-owner` when the run lost its process, `store-failed` when the disk is full.
   */
  put(name: string, content: BlobContent): Promise<BlobInfo>;
  /** The bytes as a stream. @throws `not-found`, `invalid` for a bad name. */
  get(name: string): Promise<AsyncIterable<Uint8Array>>;
  /** In the order of their names. */
  list(): Promise<readonly BlobInfo[]>;
  /** False when there was none. @throws `stale-owner`, `invalid` for a bad name. */
  remove(name: string): Promise<boolean>;
}

/** What a handle works on. */
export interface BlobsOptions {
  readonly store: Pick<Store, "blobs" | "asOwner">;
  readonly files: BlobFiles;
  readonly processId: string;
  /** The ownership under which it writes; without it the handle only reads. */
  readonly key?: OwnerKey;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** The blobs of a process, written as long as `key` is the ownership of its run. */
export function createBlobs(options: BlobsOptions): BlobHandle {
  const { store, files, processId, clock = systemClock } = options;
  return {
    async put(name, content) {
      const key = requireKey(options);
      requireName(name);
      const written = await files.write(content);
      const blob: StoredBlob = { name, ...written, createdAt: clock.now() };
      await store.asOwner(key, (tx) => tx.putBlob(blob));
      return blob;
    },
    async get(name) {
      requireName(name);
      const blob = await store.blobs.find(processId, name);
      if (!blob) throw new OptioError("not-found", `process '${processId}' has no blob ${JSON.stringify(name)}`);
      return files.read(blob.hash);
    },
    list: () => store.blobs.list(processId),
    async remove(name) {
      requireName(name);
      return store.asOwner(requireKey(options), (tx) => tx.removeBlob(name));
    },
  };
}

function requireKey({ key, processId }: BlobsOptions): OwnerKey {
  if (key) return key;
  throw new OptioError("not-owner", `the blobs of '${processId}' are written by its run alone`);
}

function requireName(name: string): void {
  const problem = problemOf(name);
  if (problem) throw new OptioError("invalid", `blob name ${JSON.stringify(name.slice(0, 80))} ${problem}`);
}

/** What keeps a name from being a text that a database can hold and a list can show. */
function problemOf(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.includes("\0") || !name.isWellFormed()) return "holds NUL or half a character";
  const sizeBytes = Buffer.byteLength(name);
  return sizeBytes > MAX_NAME_BYTES ? `has ${sizeBytes} bytes, ${MAX_NAME_BYTES} are the most` : undefined;
}
