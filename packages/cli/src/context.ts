import type { Readable, Writable } from "node:stream";

/** A stream that may be a terminal. */
export type TerminalInput = Readable & { readonly isTTY?: boolean };
export type TerminalOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command line has of its surroundings; tests give their own. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  /**
   * The signal is handed over beside the request, never in it: a request hears of its signal through a reference that is lost with the
   * request itself, and the answer that is being read would not be stopped any more (Node 24).
   */
  readonly fetch: (request: Request, init: { readonly signal: AbortSignal }) => Promise<Response>;
  /** What the program exits with when nothing is thrown: 0 ok, 1 failed. */
  readonly exit: { code: 0 | 1 };
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly token?: string;
  readonly url?: string;
  readonly home?: string;
}

/** Writes a line to standard output. */
export function printLine(context: CliContext, line: string): void {
  context.stdout.write(`${line}\n`);
}

/** Writes a value as one line of JSON to standard output. */
export function printJson(context: CliContext, value: unknown): void {
  printLine(context, JSON.stringify(value));
}

/** Writes a remark for a person to standard error, where it does not disturb what programs read. */
export function printNote(context: CliContext, line: string): void {
  context.stderr.write(`${line}\n`);
}
