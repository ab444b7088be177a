/** Makes one or more checked-in files or directories. */
export interface Generator {
  readonly name: string;
  /** Files or whole directories, relative to the checkout. */
  readonly outputs: readonly string[];
  /** Writes every output below `outDir`, under the same relative path. */
  readonly generate: (outDir: string) => Promise<void>;
}
