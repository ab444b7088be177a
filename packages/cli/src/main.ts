#!/usr/bin/env node
import process from "node:process";
import { listenForStop } from "./stop-signals.ts";
import { keepYoungHeapSmall } from "./young-heap.ts";

keepYoungHeapSmall();
// loaded now and not above: an import is carried out before any statement
const { runProgram } = await import("./program.ts");

// a reader that has seen enough (optio ls | head) is no failure
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.stderr.on("error", () => undefined);

const signal = listenForStop(process);
const code = await runProgram(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal,
  now: Date.now,
  fetch: (request, init) => fetch(request, init),
  exit: { code: 0 },
});
// after a stop nothing is waited for: a standard input that was being read would keep the program alive
if (signal.aborted) process.exit(code);
process.exitCode = code;
