/** A file kept with a process. */
export interface BlobInfo {
  readonly name: string;
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
}

/** The blobs of one process. */
export interface BlobHandle {
  /** Stores bytes under a name, replacing what was there. Streams; nothing is visible before it is whole. @throws `invalid` for a bad name. */
  put(name: string, content: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<BlobInfo>;
  /** The bytes as a stream. @throws `not-found`. */
  get(name: string): Promise<AsyncIterable<Uint8Array>>;
  list(): Promise<readonly BlobInfo[]>;
  /** False when there was none. */
  remove(name: string): Promise<boolean>;
}
