import { expect, test } from "vitest";
import { listFailures } from "./failures.ts";

const report = {
  testResults: [
    {
      name: "/repo/a/x.test.ts",
      status: "failed",
      assertionResults: [
        { fullName: "x works", status: "passed", failureMessages: [] },
        { fullName: "x fails", status: "failed", failureMessages: ["expected 1\n  at x.test.ts:3"] },
        { fullName: "x never ran", status: "pending", failureMessages: [] },
      ],
    },
    { name: "/repo/b.test.ts", status: "failed", message: "cannot be loaded", assertionResults: [] },
    { name: "/repo/c.test.ts", status: "passed", message: "", assertionResults: [{ fullName: "c", status: "passed" }] },
  ],
};

test("names every failed test with the first lines of why, and files that could not be loaded", () => {
  expect(listFailures(report, "/repo")).toEqual([
    "a/x.test.ts › x fails\n    expected 1\n      at x.test.ts:3",
    "a/x.test.ts › x never ran\n    pending",
    "b.test.ts\n    cannot be loaded",
  ]);
});

test("cuts what is long", () => {
  const why = Array.from({ length: 100 }, () => "y".repeat(1_000)).join("\n");
  const long = { testResults: [{ name: "/repo/l", status: "failed", message: why, assertionResults: [] }] };
  const [line = ""] = listFailures(long, "/repo");
  expect(line.split("\n")).toHaveLength(13);
  expect(line.length).toBeLessThan(5_000);
});

test("finds nothing in what is no report", () => {
  expect(listFailures(undefined, "/repo")).toEqual([]);
});
