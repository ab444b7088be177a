import { mkdtemp, readdir, rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BlobFiles } from "../store/blobs/blob-files.ts";
import { collectBlobs } from "../store/blobs/collect-blobs.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { OwnerKey } from "../store/store.ts";
import type { StoreUnderTest } from "../testing/store/fixtures.ts";
import { claimAgain, claimed, endRun } from "../testing/store/fixtures.ts";
import { createBlobs } from "./blobs.ts";

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe("the blobs of a process", () => {
  let home = "";
  let under: StoreUnderTest;
  let key: OwnerKey;
  beforeEach(async () => {
    home = await mkdtemp("/var/tmp/optio-process-blobs-");
    under = await openSqliteForTest();
    key = await claimed(under.store);
  });
  afterEach(async () => {
    await under[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  const files = () => new BlobFiles(home);
  const blobsOf = (owner?: OwnerKey) =>
    createBlobs({ store: under.store, files: files(), processId: "p", ...(owner && { key: owner }) });
  const filesKept = async () =>
    (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
  const collect = () => collectBlobs({ files: files(), blobs: under.store.blobs, nowMs: Date.now() + 1, graceMs: 0 });

  test("E-30 a blob is recorded with its hash and size, read by anybody, and removed by its run", async () => {
    const blobs = blobsOf(key);
    const info = await blobs.put("report.txt", "first");
    expect(info).toMatchObject({ name: "report.txt", sizeBytes: 5, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await blobs.list()).toEqual([info]);
    await blobs.put("report.txt", Buffer.from("second one"));
    expect(await textOf(await blobsOf().get("report.txt"))).toBe("second one");
    expect(await blobs.remove("report.txt")).toBe(true);
    expect(await blobs.remove("report.txt")).toBe(false);
    await expect(blobs.get("report.txt")).rejects.toMatchObject({ code: "not-found" });
  });

  test("a later run has the blobs of the earlier ones", async () => {
    await blobsOf(key).put("kept", "from run 1");
    await endRun(under.store, key);
    const later = blobsOf(await claimAgain(under.store));
    expect(await textOf(await later.get("kept"))).toBe("from run 1");
  });

  test("a run that lost its process changes nothing, whatever it still does", async () => {
    const late = blobsOf(key);
    await late.put("kept", "1");
    await endRun(under.store, key);
    await claimAgain(under.store);
    const stale = { code: "stale-owner" };
    await expect(late.put("kept", "2")).rejects.toMatchObject(stale);
    await expect(late.remove("kept")).rejects.toMatchObject(stale);
    expect(await textOf(await blobsOf().get("kept"))).toBe("1");
    await collect();
    expect(await filesKept()).toBe(1);
  });

  test("a handle without ownership only reads", async () => {
    await expect(blobsOf().put("a", "1")).rejects.toMatchObject({ code: "not-owner" });
    await expect(blobsOf().remove("a")).rejects.toMatchObject({ code: "not-owner" });
    expect(await filesKept()).toBe(0);
  });

  test("files go once no blob of any process names them", async () => {
    const other = createBlobs({
      store: under.store,
      files: files(),
      processId: "q",
      key: await claimed(under.store, "q"),
    });
    await blobsOf(key).put("a", "shared");
    await other.put("b", "shared");
    await blobsOf(key).remove("a");
    await collect();
    expect(await textOf(await other.get("b"))).toBe("shared");
    await other.put("b", "replaced");
    await collect();
    expect(await filesKept()).toBe(1);
  });

  test.each(["../../etc/passwd", "a/b", "ä b%_\\\n", "x".repeat(255), "."])("the name %j is a name", async (name) => {
    await blobsOf(key).put(name, "x");
    expect((await blobsOf().list()).map((blob) => blob.name)).toEqual([name]);
    expect(await textOf(await blobsOf().get(name))).toBe("x");
    expect(await filesKept()).toBe(1);
  });

  test.each(["", "a\0b", "x".repeat(256), "ä".repeat(128), "\uD800"])("the name %j is refused", async (name) => {
    const blobs = blobsOf(key);
    const invalid = { code: "invalid", message: expect.stringContaining("blob name") };
    await expect(blobs.put(name, "x")).rejects.toMatchObject(invalid);
    await expect(blobs.get(name)).rejects.toMatchObject(invalid);
    await expect(blobs.remove(name)).rejects.toMatchObject(invalid);
    expect(await filesKept()).toBe(0);
  });
});
