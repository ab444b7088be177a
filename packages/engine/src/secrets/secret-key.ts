import type { KeyObject } from "node:crypto";
import { createSecretKey, randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { constants, link, mkdir, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { OptioError } from "@optio/contract";

const KEY_BYTES = 32;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** The key that seals secrets; its bytes do not show when it is printed or serialised. */
export type SecretKey = KeyObject;

/**
 * Reads the key file, or creates it with 32 random bytes, mode 0600. Of several processes that create it at once all get the same key.
 * @throws `secret-key-refused` when it is a link or no file, belongs to another user, is readable by others or has another size.
 */
export async function openSecretKey(path: string): Promise<SecretKey> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const existing = await readKey(path);
  if (existing) return existing;
  await createKey(path);
  const created = await readKey(path);
  if (created) return created;
  throw refusal(path, "it vanished right after it was created");
}

async function readKey(path: string): Promise<SecretKey | undefined> {
  await using file = await openExisting(path);
  if (!file) return undefined;
  const facts = await file.stat();
  if (!facts.isFile()) throw refusal(path, "it is not a regular file");
  if (facts.uid !== process.geteuid?.())
    throw refusal(path, `it belongs to user ${facts.uid}, not to the one who runs this`);
  const mode = facts.mode & 0o777;
  if ((mode & 0o077) !== 0) throw refusal(path, `its mode is 0${mode.toString(8)} where 0600 is right`);
  if (facts.size !== KEY_BYTES) throw refusal(path, `it holds ${facts.size} bytes where ${KEY_BYTES} are right`);
  return createSecretKey(await file.readFile());
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW);
  } catch (cause) {
    const code = errorCodeOf(cause);
    if (code === "ENOENT") return undefined;
    throw refusal(path, code === "ELOOP" ? "it is a link" : `it cannot be opened (${code})`, cause);
  }
}

/** Writes the bytes aside and links them into place: a reader sees the whole key or none, and the first of two writers wins. */
async function createKey(path: string): Promise<void> {
  const aside = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await writeDurably(aside, randomBytes(KEY_BYTES));
    await link(aside, path).catch((cause: unknown) => {
      if (errorCodeOf(cause) !== "EEXIST") throw cause;
    });
    // sealed secrets may be durable at once, so must be the name of what opens them
    await using directory = await open(dirname(path), O_RDONLY);
    await directory.sync();
  } catch (cause) {
    throw refusal(path, `it cannot be created (${errorCodeOf(cause)})`, cause);
  } finally {
    await unlink(aside).catch(() => undefined);
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  await using file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  await file.writeFile(bytes);
  await file.sync();
}

function refusal(path: string, why: string, cause?: unknown): OptioError {
  return new OptioError("secret-key-refused", `the secret key file ${path} is refused: ${why}`, { cause });
}

function errorCodeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
