import { link, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "../store.ts";
import type { BlobFiles } from "./blob-files.ts";
import { isMissing, isTaken, refuseFailure } from "./file-errors.ts";

const HASHES_PER_QUERY = 200;

/** What the collection of unneeded files goes by. */
export interface CollectBlobsOptions {
  readonly files: BlobFiles;
  readonly blobs: Pick<BlobStore, "unused">;
  /** Now, in ms since 1970: files carry the machine's time. */
  readonly nowMs: number;
  /** Younger files stay, needed or not: their name may be on its way into the store. */
  readonly graceMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Removes files that no blob names and that are older than the grace, also those that a crash left half written. Answers how many
 * went. Rejects with the signal's reason on abort. @throws `store-failed`.
 */
export async function collectBlobs(options: CollectBlobsOptions): Promise<number> {
  const { files, signal } = options;
  try {
    let removed = await removeAbandoned(options);
    for (const shard of await listNames(files.directory)) {
      signal?.throwIfAborted();
      if (/^[0-9a-f]{2}$/.test(shard)) removed += await collectShard(options, join(files.directory, shard));
    }
    return removed;
  } catch (error) {
    signal?.throwIfAborted();
    throw refuseFailure(error, files.directory);
  }
}

async function removeAbandoned(options: CollectBlobsOptions): Promise<number> {
  const directory = options.files.temporaryDirectory;
  let removed = 0;
  for (const name of await listNames(directory)) {
    if (!(await isOld(options, join(directory, name)))) continue;
    await rm(join(directory, name), { force: true });
    removed += 1;
  }
  return removed;
}

async function collectShard(options: CollectBlobsOptions, shard: string): Promise<number> {
  const hashes = new Set((await listNames(shard)).map((name) => name.split(".")[0] ?? name));
  const candidates: string[] = [];
  for (const hash of hashes) {
    if (await isCandidate(options, hash)) candidates.push(hash);
  }
  let removed = 0;
  for (let from = 0; from < candidates.length; from += HASHES_PER_QUERY) {
    options.signal?.throwIfAborted();
    for (const hash of await options.blobs.unused(candidates.slice(from, from + HASHES_PER_QUERY))) {
      if (await removeUnneeded(options, hash)) removed += 1;
    }
  }
  return removed;
}

/** Old, or moved away by a collection that did not come to its end. */
async function isCandidate(options: CollectBlobsOptions, hash: string): Promise<boolean> {
  const { files } = options;
  if (await exists(files.doubtfulPathOf(hash))) await restore(files, hash);
  return isOld(options, files.pathOf(hash));
}

/**
 * Moves the file away, then looks again: whoever stored the same content since has made it young, or named it, and gets it back;
 * whoever does from now on makes a new file. Without the move a file could go that was named a moment before.
 */
async function removeUnneeded(options: CollectBlobsOptions, hash: string): Promise<boolean> {
  const { files, blobs } = options;
  const doubtful = files.doubtfulPathOf(hash);
  try {
    await rename(files.pathOf(hash), doubtful);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const isUnneeded = (await isOld(options, doubtful)) && (await blobs.unused([hash])).length > 0;
  if (isUnneeded) await rm(doubtful, { force: true });
  else await restore(files, hash);
  return isUnneeded;
}

/** Moves the file back, unless somebody stored the content again meanwhile: that file is younger and must stay so. */
async function restore(files: BlobFiles, hash: string): Promise<void> {
  const doubtful = files.doubtfulPathOf(hash);
  try {
    // not by rename, which would replace the younger one
    await link(doubtful, files.pathOf(hash));
  } catch (error) {
    if (!isMissing(error) && !isTaken(error)) throw error;
  }
  await rm(doubtful, { force: true });
}

async function isOld({ nowMs, graceMs }: CollectBlobsOptions, path: string): Promise<boolean> {
  const modified = await modifiedAt(path);
  return modified !== undefined && modified <= nowMs - graceMs;
}

async function exists(path: string): Promise<boolean> {
  return (await modifiedAt(path)) !== undefined;
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function listNames(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
