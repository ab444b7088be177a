import { pino } from "pino";

/** Writes diagnostic lines. Contract: never given a secret; `fields` are flat. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** A logger of JSON lines on standard error, or at the end of a file (mode 0600); fields named like secrets are redacted. */
export function createLogger(options: { level?: string; file?: string } = {}): Logger {
  const place = options.file === undefined ? { fd: 2 } : { dest: options.file, append: true, mode: 0o600 };
  return pino(
    {
      level: options.level ?? "info",
      redact: ["apiKey", "token", "authorization", "*.apiKey", "*.token", "*.authorization"],
    },
    pino.destination({ ...place, sync: true }),
  );
}

/** A logger that drops everything. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
