import type { Stats } from "node:fs";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { basename, dirname } from "node:path";
import { OptioError } from "@optio/contract";
import { withDeadline } from "../../kernel/abort.ts";
import { errnoOf, hostFailure } from "./host-failure.ts";

/** A descriptor that only names a file; the same on x64 and arm64, and not among node's constants. */
const O_PATH = 0o10000000;
const O_NOFOLLOW_PATH = O_PATH | constants.O_NOFOLLOW;

/**
 * Connects to a unix socket whose directory must be ours and closed to others. Directory and socket are opened without following
 * a link, checked on their descriptors and connected through them: what is swapped meanwhile is never reached, and the path may
 * be longer than the 107 bytes of a socket address. @throws `socket-refused`, `timeout`, or the abort reason.
 */
export async function connectSocket(
  path: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Socket> {
  return withDeadline(
    { timeoutMs: options.timeoutMs, what: `connecting to ${path}`, signal: options.signal },
    async (signal) => {
      await using directory = await openDirectory(dirname(path));
      requirePrivate(await directory.stat(), dirname(path));
      await using socket = await openSocket(`/proc/self/fd/${directory.fd}/${basename(path)}`, path);
      requireSocket(await socket.stat(), path);
      return await connectThrough(`/proc/self/fd/${socket.fd}`, path, signal);
    },
  );
}

async function openDirectory(path: string): Promise<FileHandle> {
  try {
    return await open(path, O_NOFOLLOW_PATH | constants.O_DIRECTORY);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT") throw refused(path, "the socket's directory does not exist", error);
    if (code === "ENOTDIR" || code === "ELOOP")
      throw refused(path, "the socket's directory is a link or no directory", error);
    throw refused(path, hostFailure("open the socket's directory", error).message, error);
  }
}

function requirePrivate(found: Stats, path: string): void {
  const { uid } = userInfo();
  if (found.uid !== uid) throw refused(path, `the socket's directory belongs to uid ${found.uid}, not to us (${uid})`);
  const mode = found.mode & 0o7777;
  if ((mode & 0o777) === 0o700) return;
  throw refused(path, `the socket's directory has mode ${mode.toString(8).padStart(4, "0")}, not 0700`);
}

async function openSocket(descriptorPath: string, path: string): Promise<FileHandle> {
  try {
    return await open(descriptorPath, O_NOFOLLOW_PATH);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw refused(path, "there is no socket", error);
    throw refused(path, hostFailure("open the socket", error).message, error);
  }
}

function requireSocket(found: Stats, path: string): void {
  if (found.isSymbolicLink()) throw refused(path, "it is a link, not the socket itself");
  if (!found.isSocket()) throw refused(path, "it is not a socket");
}

function connectThrough(descriptorPath: string, path: string, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ path: descriptorPath });
  const onAbort = () => reject(signal.reason);
  const onError = (error: Error) => reject(connectFailure(path, error));
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", () => resolve(socket)).once("error", onError);
  return promise
    .catch((error: unknown) => {
      socket.destroy();
      throw error;
    })
    .finally(() => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
    });
}

function connectFailure(path: string, error: Error): OptioError {
  if (errnoOf(error) === "ECONNREFUSED") return refused(path, "nobody listens: its program is gone", error);
  return refused(path, hostFailure("connect", error).message, error);
}

function refused(path: string, why: string, cause?: unknown): OptioError {
  return new OptioError("socket-refused", `${path}: ${why}`, cause === undefined ? {} : { cause });
}
