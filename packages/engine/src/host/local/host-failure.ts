import { OptioError } from "@optio/contract";

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "disk full",
  EDQUOT: "disk quota used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  EEXIST: "something else is there",
  ENOTEMPTY: "the directory is not empty",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many links",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
  EAGAIN: "too many processes or too busy",
  ENOMEM: "out of memory",
  EIO: "the disk failed",
  ETXTBSY: "the program is being written",
  ENOEXEC: "not a program of this machine",
  E2BIG: "arguments and environment are too long",
};

/** The error number's name ("ENOENT") of a failed system call; undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** `host-failed` that says what was attempted, on which path, and why not: "cannot write /a: disk full (ENOSPC)". */
export function hostFailure(attempt: string, error: unknown): OptioError {
  if (error instanceof OptioError) return error;
  const code = errnoOf(error);
  const words = code === undefined ? undefined : WORDS[code];
  const reason = words ? `${words} (${code})` : error instanceof Error ? error.message : String(error);
  return new OptioError("host-failed", `cannot ${attempt}: ${reason}`, { cause: error });
}

/** Does the work; a failure becomes `host-failed` naming the attempt. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw hostFailure(what, error);
  }
}

/** Does the work; undefined when the path leads nowhere. Other failures become `host-failed` naming the attempt. */
export async function attemptIfThere<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw hostFailure(what, error);
  }
}
