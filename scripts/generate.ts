// Writes what is generated and checked in, or with --check only tells what is not current (exit 1).
// Usage: node scripts/generate.ts [--check] [name …]
import { parseArgs } from "node:util";
import { GENERATORS } from "./generate/generators.ts";
import { findStaleOutputs, writeOutputs } from "./generate/outputs.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean" } } });

for (const generator of GENERATORS) {
  if (positionals.length > 0 && !positionals.includes(generator.name)) continue;
  if (values.check) {
    const stale = await findStaleOutputs(generator);
    for (const path of stale) console.error(`not current: ${path} (npm run generate)`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    await writeOutputs(generator);
    console.log(`${generator.name}: ${generator.outputs.join(", ")}`);
  }
}
