import { expect, test } from "vitest";
import { SUITES, selectSuites } from "./suites.ts";
import { closingLine, countVitestReport, summaryTable, sumResults } from "./summary.ts";

const report = { numTotalTests: 5, numPassedTests: 5, success: true };

test("sums all suites into the one line that CI reads", () => {
  const total = sumResults([
    { passed: 1, failed: 0 },
    { passed: 40, failed: 2 },
  ]);
  expect(closingLine(total)).toBe("41 passed, 2 failed");
});

test("counts a suite that ran no test, and a run without suites, as a failure", () => {
  expect(
    sumResults([
      { passed: 3, failed: 0 },
      { passed: 0, failed: 0 },
    ]),
  ).toEqual({ passed: 3, failed: 1, failures: [] });
  expect(sumResults([])).toEqual({ passed: 0, failed: 1 });
});

test("keeps what failed of every suite", () => {
  const total = sumResults([
    { passed: 0, failed: 1, failures: ["a"] },
    { passed: 3, failed: 0 },
    { passed: 3, failed: 1, failures: ["b"] },
  ]);
  expect(total).toEqual({ passed: 6, failed: 2, failures: ["a", "b"] });
});

test("takes passed and failed from a Vitest report", () => {
  expect(countVitestReport(report, 0)).toEqual({ passed: 5, failed: 0 });
  expect(countVitestReport({ ...report, numPassedTests: 3, success: false }, 1)).toEqual({ passed: 3, failed: 2 });
});

test("counts a Vitest run that failed outside of any test as one failure", () => {
  expect(countVitestReport({ ...report, success: false }, 1)).toEqual({ passed: 5, failed: 1 });
  expect(countVitestReport(report, 1)).toEqual({ passed: 5, failed: 1 });
  expect(countVitestReport(report, null)).toEqual({ passed: 5, failed: 1 });
});

test("counts a missing or foreign report as one failure", () => {
  expect(countVitestReport(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  expect(countVitestReport({ numTotalTests: "5" }, 0)).toEqual({ passed: 0, failed: 1 });
});

test("aligns the summary by column", () => {
  const lines = summaryTable([
    { name: "unit", passed: 10, failed: 0, durationMs: 12_340 },
    { name: "end-to-end", passed: 2, failed: 1, durationMs: 900 },
  ]).split("\n");
  expect(lines).toEqual(["unit        10 ok  0 not ok  12.3 s", "end-to-end   2 ok  1 not ok   0.9 s"]);
});

test("selects suites by name, in their own order, and refuses an unknown name", () => {
  expect(selectSuites(SUITES, "unused,format").map((suite) => suite.name)).toEqual(["format", "unused"]);
  expect(selectSuites(SUITES, undefined)).toBe(SUITES);
  expect(() => selectSuites(SUITES, "format,lint")).toThrow('no suite is named "lint"');
});
