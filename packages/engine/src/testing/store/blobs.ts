import { expect, test } from "vitest";
import type { Store, StoredBlob } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { claimAgain, claimed, endRun } from "./fixtures.ts";

/** Names of stored files: only an owner writes them. */
export function testBlobs(openForTest: OpenForTest): void {
  test("a blob is found by its process and name, and replaced under the same name", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await claimed(store, "q");
    const names = ["b/../a", "a b", "ä%_\\", "Z"];
    await store.asOwner(key, async (tx) => {
      for (const name of names) await tx.putBlob(aBlob(name, "1"));
      await tx.putBlob({ ...aBlob("Z", "2"), sizeBytes: 5_000_000_000, createdAt: 9 });
    });
    expect(await store.blobs.find("p", "Z")).toEqual({ name: "Z", hash: "2", sizeBytes: 5_000_000_000, createdAt: 9 });
    expect(await store.blobs.find("p", "z")).toBeUndefined();
    expect(await store.blobs.find("q", "Z")).toBeUndefined();
    expect((await store.blobs.list("p")).map((blob) => blob.name)).toEqual(["Z", "a b", "b/../a", "ä%_\\"]);
    expect(await store.blobs.list("q")).toEqual([]);
  });

  test("removing says whether it was there, and hashes that nobody names are unused", async () => {
    await using under = await openForTest();
    const { store } = under;
    const [p, q] = [await claimed(store, "p"), await claimed(store, "q")];
    await store.asOwner(p, async (tx) => {
      await tx.putBlob(aBlob("one", "shared"));
      await tx.putBlob(aBlob("two", "own"));
    });
    await store.asOwner(q, (tx) => tx.putBlob(aBlob("other", "shared")));
    const unused = () => store.blobs.unused(["shared", "own", "never"]);
    expect(await unused()).toEqual(["never"]);
    const remove = (name: string) => store.asOwner(p, (tx) => tx.removeBlob(name));
    expect([await remove("one"), await remove("one"), await remove("two")]).toEqual([true, false, true]);
    expect(await unused()).toEqual(["own", "never"]);
    expect(await store.blobs.unused([])).toEqual([]);
  });

  test("an owner that lost its process neither puts nor removes", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, (tx) => tx.putBlob(aBlob("kept", "1")));
    await endRun(store, key);
    await claimAgain(store);
    const stale = { code: "stale-owner" };
    await expect(store.asOwner(key, (tx) => tx.putBlob(aBlob("late", "2")))).rejects.toMatchObject(stale);
    await expect(store.asOwner(key, (tx) => tx.removeBlob("kept"))).rejects.toMatchObject(stale);
    expect(await namesOf(store)).toEqual(["kept"]);
  });

  test("a transaction that fails names nothing", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const failing = store.asOwner(key, async (tx) => {
      await tx.putBlob(aBlob("never", "1"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await namesOf(store)).toEqual([]);
  });
}

function aBlob(name: string, hash: string): StoredBlob {
  return { name, hash, sizeBytes: 3, createdAt: 1 };
}

async function namesOf(store: Store): Promise<string[]> {
  return (await store.blobs.list("p")).map((blob) => blob.name);
}
