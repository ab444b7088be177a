/** What one suite came to. */
export interface SuiteResult extends Counts {
  readonly name: string;
  readonly durationMs: number;
}

/** Passed and failed tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** What failed and why, where it is known: repeated at the very end, where whoever reads only that finds it. */
  readonly failures?: readonly string[];
}

/** The counts of all suites together. No suite at all, or a suite that ran no test, counts as a failure. */
export function sumResults(results: readonly Counts[]): Counts {
  if (results.length === 0) return { passed: 0, failed: 1 };
  return results
    .map((result) => (result.passed + result.failed === 0 ? { passed: 0, failed: 1 } : result))
    .reduce(
      (sum, result) => ({
        passed: sum.passed + result.passed,
        failed: sum.failed + result.failed,
        failures: [...(sum.failures ?? []), ...(result.failures ?? [])],
      }),
      { passed: 0, failed: 0, failures: [] },
    );
}

/** The last line of `npm test`, read by CI. */
export function closingLine(total: Counts): string {
  return `${total.passed} passed, ${total.failed} failed`;
}

/** One line per suite: name, passed, failed, seconds. */
export function summaryTable(results: readonly SuiteResult[]): string {
  const rows = results.map((result) => [
    result.name,
    `${result.passed} ok`,
    `${result.failed} not ok`,
    `${(result.durationMs / 1_000).toFixed(1)} s`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

/**
 * The counts in a report of Vitest's JSON reporter. A test that did not run counts as failed; so does a run that
 * failed outside of any test (a file that cannot be loaded, an unhandled rejection), and a report that is not there.
 */
export function countVitestReport(report: unknown, exitCode: number | null): Counts {
  if (!isVitestReport(report)) return { passed: 0, failed: 1 };
  const failed = report.numTotalTests - report.numPassedTests;
  const failedOutsideTests = failed === 0 && (exitCode !== 0 || !report.success);
  return { passed: report.numPassedTests, failed: failed + (failedOutsideTests ? 1 : 0) };
}

interface VitestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly success: boolean;
}

function isVitestReport(report: unknown): report is VitestReport {
  return (
    typeof report === "object" &&
    report !== null &&
    "numTotalTests" in report &&
    typeof report.numTotalTests === "number" &&
    "numPassedTests" in report &&
    typeof report.numPassedTests === "number" &&
    "success" in report &&
    typeof report.success === "boolean"
  );
}
