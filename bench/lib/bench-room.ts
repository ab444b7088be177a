/** What every part of the benchmark works in. */
export interface BenchRoom {
  /** Directory for homes and files; removed at the end. */
  readonly root: string;
  /** Points codex at the scripted model. */
  readonly codexConfig: object;
}
