import { OptioError } from "@optio/contract";

/** True for the error of a file system that a file or directory is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** True for the error of a file system that a name is taken. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === "EEXIST";
}

/** The error as `store-failed`, naming the directory; one that is translated already stays. */
export function refuseFailure(error: unknown, directory: string): OptioError {
  if (error instanceof OptioError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const reason = codeOf(error) === "ENOSPC" ? `the disk of ${directory} is full` : `${directory} cannot be used`;
  return new OptioError("store-failed", `blobs: ${reason}: ${message}`, { cause: error });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
