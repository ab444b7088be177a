import { expect, test } from "vitest";
import { runSuite } from "./run-suite.ts";
import type { Suite, SuiteCommand } from "./suites.ts";

const MINUTE_MS = 60 * 1_000;
const exitWith = (code: number): SuiteCommand => ({ command: "node", args: ["-e", `process.exitCode = ${code}`] });

function suiteOf(commands: () => readonly SuiteCommand[], timeoutMs = MINUTE_MS): Suite {
  return { name: "sample", title: "a sample", counts: "commands", timeoutMs, commands };
}

test("counts each command by its exit code", async () => {
  const result = await runSuite(
    suiteOf(() => [exitWith(0), exitWith(3), exitWith(0)]),
    process.env,
  );
  expect(result).toMatchObject({ name: "sample", passed: 2, failed: 1 });
});

test("ends a command that takes too long and counts it as failed", async () => {
  const result = await runSuite(
    suiteOf(() => [{ command: "sleep", args: ["300"] }], 50),
    process.env,
  );
  expect(result).toMatchObject({ passed: 0, failed: 1 });
});

test("counts a suite that cannot run as failed: no such command, no commands, none to be found", async () => {
  const suites = [
    suiteOf(() => [{ command: "optio-no-such-command", args: [] }]),
    suiteOf(() => []),
    suiteOf(() => {
      throw new Error("no directory");
    }),
  ];
  for (const suite of suites) expect(await runSuite(suite, process.env)).toMatchObject({ passed: 0, failed: 1 });
});

test("counts a Vitest run without a report as failed", async () => {
  const suite: Suite = { ...suiteOf(() => [exitWith(0)]), counts: "vitest" };
  expect(await runSuite(suite, process.env)).toMatchObject({
    passed: 0,
    failed: 1,
    failures: [expect.stringContaining("outside of any test")],
  });
});
