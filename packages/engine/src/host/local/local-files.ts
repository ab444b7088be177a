import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, chmod, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OptioError } from "@optio/contract";
import type { FileStat, HostFiles } from "../host.ts";
import { attempt, attemptIfThere, errnoOf, hostFailure } from "./host-failure.ts";
import { waitForPath } from "./wait-for-path.ts";

const DEFAULT_MAX_BYTES = 1024 * 1024;
/** A fifo must not block the open; whether it is a regular file is checked on the descriptor. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** The files of this machine. */
export const localFiles: HostFiles = {
  makeDirectory: (path, options) =>
    attempt(`make directory ${path}`, () => makeDirectory(path, options?.mode ?? 0o700)),
  writeFile: (path, data, options) =>
    attempt(`write ${path}`, () => writeAtomically(path, data, options?.mode ?? 0o600)),
  readText: (path, options) => readText(path, options?.maxBytes ?? DEFAULT_MAX_BYTES),
  readTail: async (path, maxBytes) => (await attemptIfThere(`read ${path}`, () => readTail(path, maxBytes))) ?? "",
  stat: (path) => attemptIfThere(`look at ${path}`, async () => toFileStat(await lstat(path))),
  realPath,
  list: (path) => attempt(`list ${path}`, () => readdir(path)),
  touch: (path) => attempt(`touch ${path}`, () => touch(path)),
  remove: (path) => attempt(`remove ${path}`, () => remove(withoutTrailingSlash(path))),
  isUsableDirectory,
  waitForPath,
};

async function makeDirectory(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  // the account's umask may have taken bits away
  for (let made = withoutTrailingSlash(path); made.length >= first.length; made = dirname(made))
    await chmod(made, mode);
}

async function writeAtomically(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  // the name does not contain the target's, which may be as long as a name can be
  const temporary = join(dirname(path), `.${randomBytes(12).toString("hex")}.tmp`);
  try {
    await using file = await open(temporary, "wx", mode);
    await file.writeFile(data);
    await file.chmod(mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  return attemptIfThere(`read ${path}`, async () => {
    await using file = await openRegular(path);
    // one byte more than allowed: the size of a file that grows, or of one in /proc, says nothing
    const bytes = await readBytes(file, 0, maxBytes + 1);
    if (bytes.length > maxBytes) {
      throw new OptioError("too-large", `${path} is larger than ${maxBytes} bytes`, { data: { path, maxBytes } });
    }
    return bytes.toString("utf8");
  });
}

async function readTail(path: string, maxBytes: number): Promise<string> {
  await using file = await openRegular(path);
  const start = Math.max(0, (await file.stat()).size - maxBytes);
  const bytes = await readBytes(file, start, maxBytes);
  return bytes.subarray(start === 0 ? 0 : continuationBytes(bytes)).toString("utf8");
}

async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, READ);
  const found = await file.stat().catch(() => undefined);
  if (found?.isFile()) return file;
  await file.close();
  throw new OptioError("host-failed", `cannot read ${path}: it is not a regular file`);
}

async function readBytes(file: FileHandle, start: number, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  while (total < maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(maxBytes - total, 64 * 1024));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, start + total);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(chunks, total);
}

/** Bytes at the start that belong to a character cut in half (at most three). */
function continuationBytes(bytes: Buffer): number {
  const first = bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return Math.max(0, first);
}

function toFileStat(found: Stats): FileStat {
  return {
    kind: kindOf(found),
    mode: found.mode & 0o7777,
    uid: found.uid,
    sizeBytes: found.size,
    mtimeMs: found.mtimeMs,
  };
}

function kindOf(found: Stats): FileStat["kind"] {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "directory";
  if (found.isSymbolicLink()) return "symlink";
  return found.isSocket() ? "socket" : "other";
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await attemptIfThere(`resolve ${path}`, () => realpath(path));
  } catch (error) {
    // a circle of links leads nowhere
    if (error instanceof OptioError && errnoOf(error.cause) === "ELOOP") return undefined;
    throw error;
  }
}

async function touch(path: string): Promise<void> {
  await using file = await open(path, "a", 0o600);
  const now = new Date();
  await file.utimes(now, now);
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return;
    if (errnoOf(error) !== "EACCES") throw error;
    // package caches are written read-only by some tools: open up our own directories, then once more
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function makeWritable(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await makeWritable(join(path, name));
}

/** "link/" names what the link leads to; "link" the link. */
function withoutTrailingSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
}

async function isUsableDirectory(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) return false;
    await access(path, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw hostFailure(`look at ${path}`, error);
    return false;
  }
}
