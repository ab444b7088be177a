import { createHash, randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { OptioError } from "@optio/contract";
import { isMissing, refuseFailure } from "./file-errors.ts";

const BYTES_PER_READ = 64 * 1024;
/** Bytes that are hashed and written at a time: others get their turn in between. */
const BYTES_PER_WRITE = 1024 * 1024;

/** Bytes to store: whole, as text (UTF-8), or as a stream. */
export type BlobContent = Uint8Array | string | AsyncIterable<Uint8Array>;

/** What a stored file is known by. */
export interface WrittenBlob {
  /** SHA-256 of the content, hex: also the name of the file. */
  readonly hash: string;
  readonly sizeBytes: number;
}

/**
 * Files named by their content, mode 0600 in directories 0700: `<directory>/ab/<hash>`, on their way in `<directory>/tmp`. Many may
 * write and collect in one directory at once, also in several OS processes.
 */
export class BlobFiles {
  readonly #directory: string;

  /** `directory` is made when something is written. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Where the files are. */
  get directory(): string {
    return this.#directory;
  }

  /** Where files are on their way. */
  get temporaryDirectory(): string {
    return join(this.#directory, "tmp");
  }

  /** Where the content of a hash is once it is whole. */
  pathOf(hash: string): string {
    return join(this.#directory, hash.slice(0, 2), hash);
  }

  /** Where content waits while it is decided whether anybody needs it. */
  doubtfulPathOf(hash: string): string {
    return `${this.pathOf(hash)}.doubtful`;
  }

  /**
   * Stores content; when it resolves the file is whole and survives a loss of power. Takes a bounded amount of memory.
   * @throws `store-failed` when the disk is full or refuses, and what the stream throws; nothing stays behind then.
   */
  async write(content: BlobContent): Promise<WrittenBlob> {
    await this.#guard(() => mkdir(this.temporaryDirectory, { recursive: true, mode: 0o700 }));
    const path = join(this.temporaryDirectory, randomUUID());
    try {
      const written = await this.#fill(path, content);
      await this.#guard(() => this.#publish(path, written.hash));
      return written;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** The content, in pieces of up to 64 KiB. @throws `not-found` when there is none of that hash. */
  async *read(hash: string): AsyncGenerator<Uint8Array, void, undefined> {
    await using file = await this.#guard(() => this.#open(hash));
    for (;;) {
      const { bytesRead, buffer } = await this.#guard(() => file.read({ buffer: Buffer.allocUnsafe(BYTES_PER_READ) }));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async #fill(path: string, content: BlobContent): Promise<WrittenBlob> {
    await using file = await this.#guard(() => open(path, "wx", 0o600));
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const piece of piecesOf(content)) {
      hash.update(piece);
      sizeBytes += piece.byteLength;
      await this.#guard(() => writeAll(file, piece));
    }
    await this.#guard(() => file.sync());
    return { hash: hash.digest("hex"), sizeBytes };
  }

  /** Replaces what is there: it is the same content, and its time of writing is what the collection goes by. */
  async #publish(path: string, hash: string): Promise<void> {
    const shard = join(this.#directory, hash.slice(0, 2));
    const isNew = (await mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined;
    await rename(path, this.pathOf(hash));
    await syncDirectory(shard);
    if (isNew) await syncDirectory(this.#directory);
  }

  async #open(hash: string): Promise<FileHandle> {
    // the collection moves a file away for a moment, and back when it is needed
    for (const path of [this.pathOf(hash), this.doubtfulPathOf(hash), this.pathOf(hash)]) {
      try {
        return await open(path, "r");
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    throw new OptioError("not-found", `no stored content has the hash ${hash}`);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw refuseFailure(error, this.#directory);
    }
  }
}

async function* piecesOf(content: BlobContent): AsyncGenerator<Uint8Array, void, undefined> {
  const whole = typeof content === "string" ? Buffer.from(content) : content;
  for await (const chunk of whole instanceof Uint8Array ? [whole] : whole) {
    for (let from = 0; from < chunk.byteLength; from += BYTES_PER_WRITE) {
      yield chunk.subarray(from, from + BYTES_PER_WRITE);
    }
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let from = 0; from < piece.byteLength; ) {
    const { bytesWritten } = await file.write(piece, from);
    from += bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}
