import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../root.ts";
import { listFailures } from "./failures.ts";
import { runCommand } from "./run-command.ts";
import type { Suite, SuiteCommand } from "./suites.ts";
import type { Counts, SuiteResult } from "./summary.ts";
import { countVitestReport, sumResults } from "./summary.ts";

/** Runs a suite with its output on this terminal. Never throws: a suite that cannot run is a failed one. */
export async function runSuite(suite: Suite, env: NodeJS.ProcessEnv): Promise<SuiteResult> {
  const startedAt = performance.now();
  const counts = await countSuite(suite, env).catch((error: unknown): Counts => {
    console.error(error);
    return { passed: 0, failed: 1, failures: [`${suite.name} could not run: ${error}`] };
  });
  return { name: suite.name, ...counts, durationMs: performance.now() - startedAt };
}

async function countSuite(suite: Suite, env: NodeJS.ProcessEnv): Promise<Counts> {
  const counts: Counts[] = [];
  for (const command of suite.commands()) {
    counts.push(await (suite.counts === "vitest" ? countVitest : countCommand)(command, suite.timeoutMs, env));
  }
  return sumResults(counts);
}

async function countCommand(command: SuiteCommand, timeoutMs: number, env: NodeJS.ProcessEnv): Promise<Counts> {
  const exitCode = await runCommand(command, timeoutMs, env);
  const line = [command.command, ...command.args].join(" ");
  console.log(`${exitCode === 0 ? "ok" : "not ok"}: ${line}`);
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, failures: [line] };
}

async function countVitest(command: SuiteCommand, timeoutMs: number, env: NodeJS.ProcessEnv): Promise<Counts> {
  const directory = mkdtempSync(join(tmpdir(), "optio-test-report-"));
  const file = join(directory, "report.json");
  try {
    const args = [...command.args, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const exitCode = await runCommand({ ...command, args }, timeoutMs, env);
    const report = readReport(file);
    const counts = countVitestReport(report, exitCode);
    const failures = listFailures(report, root);
    // the report names no unhandled error and no crash: they stand in the output alone
    const isUnnamed = counts.failed > 0 && failures.length === 0;
    return { ...counts, failures: isUnnamed ? [`outside of any test: ${args.slice(0, 3).join(" ")}`] : failures };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
