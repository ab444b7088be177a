import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BlobFiles } from "./blob-files.ts";
import { collectBlobs } from "./collect-blobs.ts";

const GRACE_MS = 60_000;

describe("the collection of blob files", () => {
  let home = "";
  let files = new BlobFiles("");
  const used = new Set<string>();
  beforeEach(async () => {
    home = await mkdtemp("/var/tmp/optio-collect-");
    files = new BlobFiles(join(home, "blobs"));
    used.clear();
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const unused = async (hashes: readonly string[]) => hashes.filter((hash) => !used.has(hash));
  const collect = (changes: { unused?: typeof unused; signal?: AbortSignal } = {}) =>
    collectBlobs({
      files,
      blobs: { unused: changes.unused ?? unused },
      nowMs: Date.now(),
      graceMs: GRACE_MS,
      ...(changes.signal && { signal: changes.signal }),
    });

  /** Stores content as if it had been long ago. */
  async function writeOld(content: string): Promise<string> {
    const { hash } = await files.write(content);
    await makeOld(files.pathOf(hash));
    return hash;
  }

  async function makeOld(path: string): Promise<void> {
    const before = new Date(Date.now() - 2 * GRACE_MS);
    await utimes(path, before, before);
  }

  async function kept(): Promise<string[]> {
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  test("removes what no blob names once it is old, and nothing else", async () => {
    const [gone, needed] = [await writeOld("gone"), await writeOld("needed")];
    const young = (await files.write("young")).hash;
    used.add(needed);
    expect(await collect()).toBe(1);
    expect((await kept()).sort()).toEqual([needed, young].sort());
    expect(await kept()).not.toContain(gone);
    expect(await collect()).toBe(0);
  });

  test("removes what a crash left half written, once it is old", async () => {
    await mkdir(files.temporaryDirectory, { recursive: true });
    for (const name of ["half", "running"]) await writeFile(join(files.temporaryDirectory, name), "x");
    await makeOld(join(files.temporaryDirectory, "half"));
    expect(await collect()).toBe(1);
    expect(await kept()).toEqual(["running"]);
  });

  test("leaves what was named or stored again while it looked", async () => {
    const [named, storedAgain] = [await writeOld("named"), await writeOld("stored again")];
    const answered = new Set<string>();
    const slow = async (hashes: readonly string[]) => {
      const free = await unused(hashes);
      for (const hash of hashes.filter((one) => !answered.has(one))) {
        answered.add(hash);
        if (hash === named) used.add(named);
        else await files.write("stored again");
      }
      return free;
    };
    expect(await collect({ unused: slow })).toBe(0);
    expect((await kept()).sort()).toEqual([named, storedAgain].sort());
  });

  test("leaves a file that is stored again after it was moved away", async () => {
    const hash = await writeOld("again");
    const looks: number[] = [];
    const slow = async (hashes: readonly string[]) => {
      looks.push(hashes.length);
      if (looks.length === 2) await files.write("again");
      return hashes.slice();
    };
    await collect({ unused: slow });
    expect(await kept()).toEqual([hash]);
  });

  test("gives back what an earlier collection moved away and did not decide on", async () => {
    const [needed, other] = [await writeOld("needed"), await writeOld("other")];
    used.add(needed);
    used.add(other);
    for (const hash of [needed, other]) await rename(files.pathOf(hash), files.doubtfulPathOf(hash));
    await files.write("other");
    expect(await collect()).toBe(0);
    expect((await kept()).sort()).toEqual([needed, other].sort());
  });

  test("of two at once on one directory removes each file once and keeps what is needed", async () => {
    const gone = await Promise.all(Array.from({ length: 20 }, (_, n) => writeOld(`gone ${n}`)));
    const needed = await Promise.all(Array.from({ length: 20 }, (_, n) => writeOld(`needed ${n}`)));
    for (const hash of needed) used.add(hash);
    await Promise.all([collect(), collect()]);
    await collect();
    expect((await kept()).sort()).toEqual([...needed].sort());
    expect(gone).toHaveLength(20);
  });

  test("of a directory that was never written to removes nothing, and ends on abort", async () => {
    expect(await collect()).toBe(0);
    await writeOld("gone");
    const reason = new Error("enough");
    await expect(collect({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await kept()).toHaveLength(1);
  });
});
