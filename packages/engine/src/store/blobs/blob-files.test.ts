import { createHash } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BlobFiles } from "./blob-files.ts";

/** Every file below a directory, by its path there. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function readAll(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

const sha256 = (content: Uint8Array | string) => createHash("sha256").update(content).digest("hex");

/** What every file handle of this OS process inherits. */
async function fileHandlePrototype(): Promise<Record<"write" | "sync", () => Promise<void>>> {
  await using handle = await open("/dev/null", "r");
  return Object.getPrototypeOf(handle);
}

describe("stored content", () => {
  let home = "";
  let files = new BlobFiles("");
  beforeEach(async () => {
    home = await mkdtemp("/var/tmp/optio-blobs-");
    files = new BlobFiles(join(home, "blobs"));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(home, { recursive: true, force: true });
  });

  test("E-30 of any size and form comes back as it was, under the hash of its bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200_000 }), { maxLength: 5 }), async (pieces) => {
        const whole = Buffer.concat(pieces);
        const streamed = await files.write(
          (async function* () {
            yield* pieces;
          })(),
        );
        expect(streamed).toEqual({ hash: sha256(whole), sizeBytes: whole.byteLength });
        expect(await files.write(whole)).toEqual(streamed);
        expect((await readAll(files.read(streamed.hash))).equals(whole)).toBe(true);
      }),
      { numRuns: 15 },
    );
    const text = await files.write("ä\u{1F600}");
    expect((await readAll(files.read(text.hash))).toString()).toBe("ä\u{1F600}");
  });

  test("is one private file in private directories, however often it is stored", async () => {
    const { hash } = await files.write("same");
    await Promise.all([files.write("same"), files.write("same")]);
    const path = join(home, "blobs", hash.slice(0, 2), hash);
    expect(await filesBelow(home)).toEqual([path]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    for (const directory of [join(home, "blobs"), join(home, "blobs", hash.slice(0, 2)), join(home, "blobs", "tmp")]) {
      expect((await stat(directory)).mode & 0o777).toBe(0o700);
    }
  });

  test("is taken and given piece by piece: the next one is asked for when the last is in the file", async () => {
    const piece = Buffer.alloc(3 * 1024 * 1024 + 1, 7);
    const sizesBytes: number[] = [];
    async function* pieces() {
      for (let n = 0; n < 4; n += 1) {
        yield piece;
        const [onItsWay = ""] = await filesBelow(files.temporaryDirectory);
        sizesBytes.push((await stat(onItsWay)).size);
      }
    }
    const { hash, sizeBytes } = await files.write(pieces());
    expect(sizesBytes).toEqual([1, 2, 3, 4].map((n) => n * piece.byteLength));
    const readBytes: number[] = [];
    for await (const part of files.read(hash)) readBytes.push(part.byteLength);
    expect(Math.max(...readBytes)).toBeLessThanOrEqual(64 * 1024);
    expect(readBytes.reduce((sum, bytes) => sum + bytes)).toBe(sizeBytes);
  });

  test("that its source breaks off leaves nothing, and the source's error is told", async () => {
    async function* broken() {
      yield Buffer.from("a beginning");
      throw new TypeError("the source broke");
    }
    await expect(files.write(broken())).rejects.toThrow(new TypeError("the source broke"));
    expect(await filesBelow(home)).toEqual([]);
  });

  test.each(["write", "sync"] as const)(
    "that the disk has no room for at %s is refused by name, and leaves nothing",
    async (step) => {
      const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      const prototype = await fileHandlePrototype();
      vi.spyOn(prototype, step).mockRejectedValue(full);
      await expect(files.write("much")).rejects.toMatchObject({
        code: "store-failed",
        message: expect.stringContaining(`the disk of ${join(home, "blobs")} is full`),
      });
      expect(await filesBelow(home)).toEqual([]);
    },
  );

  test("that is on the disk before it is named so: the bytes first, then the name", async () => {
    const prototype = await fileHandlePrototype();
    const synced: string[][] = [];
    vi.spyOn(prototype, "sync").mockImplementation(async () => {
      synced.push(await filesBelow(home));
    });
    const { hash } = await files.write("x");
    expect(synced.map((paths) => paths.map((path) => path.includes(hash)))).toEqual([[false], [true], [true]]);
  });

  test("in a directory that cannot be used is refused by name", async () => {
    const blocked = new BlobFiles(join(home, "file", "blobs"));
    await (await open(join(home, "file"), "w")).close();
    await expect(blocked.write("x")).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringContaining(join(home, "file", "blobs")),
    });
  });

  test("is found while a collection holds it in doubt, and not found when it is not there", async () => {
    const { hash } = await files.write("kept");
    await rename(files.pathOf(hash), files.doubtfulPathOf(hash));
    expect((await readAll(files.read(hash))).toString()).toBe("kept");
    expect((await readFile(files.doubtfulPathOf(hash))).toString()).toBe("kept");
    await expect(readAll(files.read(sha256("other")))).rejects.toMatchObject({ code: "not-found" });
  });
});
