/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The value below which the given share (0 to 1) of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
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
  readonly unit: "ratio" | "ms" | "MB" | "/s" | "lost";
  readonly value: number;
  readonly limit: number;
  /** The limit is the least that the value may be; default: the most. */
  readonly atLeast?: boolean;
  /** The samples behind it, for the results file. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Whether the value is within its limit. */
export function isKept({ value, limit, atLeast }: Budget): boolean {
  return atLeast ? value >= limit : value <= limit;
}

/** One line for a person. */
export function printBudget(budget: Budget): void {
  const { name, unit, value, limit, atLeast } = budget;
  const mark = isKept(budget) ? "ok  " : "OVER";
  const bound = atLeast ? "at least" : "limit";
  console.log(`${mark}  ${name.padEnd(72)} ${value.toFixed(2).padStart(9)} ${unit}  (${bound} ${limit})`);
}
