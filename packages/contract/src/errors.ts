import type { ErrorEntry } from "./error-catalogue.ts";
import { ERRORS } from "./error-catalogue.ts";

export type { ErrorEntry } from "./error-catalogue.ts";
export { ERRORS } from "./error-catalogue.ts";

/** A stable error code. */
export type ErrorCode = (typeof ERRORS)[number]["code"];

const entries = new Map<string, ErrorEntry>(ERRORS.map((entry) => [entry.code, entry]));

/** The catalogue row of a code; the row `internal` for one that is not in the catalogue. */
export function errorEntry(code: string): ErrorEntry {
  const found = entries.get(code) ?? entries.get("internal");
  if (!found) throw new Error("the error catalogue has no row 'internal'");
  return found;
}

/** What travels with an error besides code and message. */
export interface OptioErrorOptions {
  readonly cause?: unknown;
  /** Overrides the catalogue's HTTP status (a route that has not landed answers 501, a key 422). */
  readonly status?: number;
  /** Structured detail for programs, safe to show: never a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The one error class: a stable code, a message that names the value and what would be right. */
export class OptioError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: OptioErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OptioError";
    this.code = code;
    this.status = options.status ?? errorEntry(code).status;
    this.retryable = errorEntry(code).retryable ?? false;
    this.data = options.data;
  }
}

/** The value as an OptioError: itself, or wrapped as `fallback` with the original as cause. */
export function toOptioError(value: unknown, fallback: ErrorCode = "internal"): OptioError {
  if (value instanceof OptioError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new OptioError(fallback, message || fallback, { cause: value });
}

/** An error as stored in a record and shown to a client: no stack, no cause chain. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
}
