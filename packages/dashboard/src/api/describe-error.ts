import { errorEntry, OptioError } from "@optio/contract";

/** What a person reads about a failure. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
  /** What to do; absent when the message says it all. */
  readonly next?: string;
}

/** Words for a failed call: the server's own, or that it cannot be reached. */
export function describeError(error: unknown): ErrorText {
  if (error instanceof OptioError) {
    const next = error.data?.next;
    return {
      code: error.code,
      message: error.message,
      next: typeof next === "string" ? next : errorEntry(error.code).next,
    };
  }
  // fetch throws TypeError, and nothing more telling, when there is no connection
  if (error instanceof TypeError)
    return { code: "unreachable", message: "The server cannot be reached.", next: "Nothing was lost; try again." };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

/** True when the server does not know the caller (any more). */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof OptioError && error.code === "unauthorized";
}

/** True when the error has this code. */
export function hasCode(error: unknown, code: OptioError["code"]): boolean {
  return error instanceof OptioError && error.code === code;
}
