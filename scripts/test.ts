// Runs every suite and closes with one line, `N passed, N failed`, that sums them all.
// Usage: node scripts/test.ts [--only=format,types,…]
import { parseArgs } from "node:util";
import { killLeftovers, leftoverLine, markedEnvironment, waitForLeftovers } from "./test/leftovers.ts";
import { killGroups } from "./test/run-command.ts";
import { runSuite } from "./test/run-suite.ts";
import { SUITES, selectSuites } from "./test/suites.ts";
import type { SuiteResult } from "./test/summary.ts";
import { closingLine, summaryTable, sumResults } from "./test/summary.ts";

const EXIT_CODE_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const { values } = parseArgs({ options: { only: { type: "string" } } });
const { marker, env } = markedEnvironment(process.env);

for (const [signal, code] of Object.entries(EXIT_CODE_OF_SIGNAL)) {
  process.once(signal, () => {
    killGroups();
    killLeftovers(marker);
    process.exit(code);
  });
}

const results: SuiteResult[] = [];
for (const suite of selectSuites(SUITES, values.only)) {
  console.log(`\n=== ${suite.name}: ${suite.title}`);
  const result = await runSuite(suite, env);
  const left = await waitForLeftovers(marker);
  const leftLines = left.map((pid) => `left running by ${suite.name}: ${leftoverLine(pid)}`);
  for (const line of leftLines) console.log(line);
  killLeftovers(marker);
  killGroups();
  const failures = [...(result.failures ?? []), ...leftLines];
  results.push({ ...result, failed: result.failed + (left.length === 0 ? 0 : 1), failures });
}

const total = sumResults(results);
for (const failure of total.failures ?? []) console.log(`\nfailed: ${failure}`);
console.log(`\n${summaryTable(results)}\n`);
console.log(closingLine(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
