/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Slope of the least-squares line through (0, y0), (1, y1), …: growth per step. */
export function slope(values: readonly number[]): number {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / n;
  const covariance = values.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0);
  const variance = values.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

/** What one figure is held to. */
export interface Budget {
  readonly name: string;
  readonly unit: "ratio" | "ms" | "MB";
  readonly value: number;
  readonly limit: number;
  /** The samples behind it, for the results file. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** One line for a person. */
export function printBudget({ name, unit, value, limit }: Budget): void {
  const mark = value <= limit ? "ok  " : "OVER";
  console.log(`${mark}  ${name.padEnd(62)} ${value.toFixed(2).padStart(9)} ${unit}  (limit ${limit})`);
}
