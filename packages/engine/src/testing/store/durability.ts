import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { crashWriterPath } from "./crash-writer.ts";
import type { OpenForTest } from "./fixtures.ts";
import { aDecision, aMessage, claimed, logged, upTo } from "./fixtures.ts";

const ACKNOWLEDGED_BEFORE_KILL = 40;

/** What outlives a close, a crash and a second opener. */
export function testDurability(openForTest: OpenForTest): void {
  test("everything is there after the store was closed and opened again, and it goes on", async () => {
    await using under = await openForTest();
    const key = await claimed(under.store);
    await under.store.asOwner(key, async (tx) => {
      await tx.append(logged("kept"));
      await tx.putDecision(aDecision(key, "d1"));
      await tx.putMessage(aMessage("m1"));
      await tx.putManifest({ kept: true });
    });
    const before = await under.store.processes.find("p");
    const store = await under.reopen();
    expect(await store.processes.find("p")).toEqual(before);
    expect(await store.logs.list("p", { limit: 1 })).toMatchObject({ items: [{ message: "kept" }] });
    expect(await store.decisions.countPending()).toBe(1);
    expect(await store.messages.unsent("p", 1)).toHaveLength(1);
    expect(await store.manifests.find("p")).toEqual({ run: 1, manifest: { kept: true } });
    expect(await store.asOwner(key, (tx) => tx.append(logged("next")))).toMatchObject({ seq: 3 });
    expect((await store.processes.find("p"))?.changeId).toBe(before?.changeId);
  });

  test("a closed store finishes what it began and refuses the rest", async () => {
    await using under = await openForTest();
    const closed = under.store;
    const key = await claimed(closed);
    const begun = closed.asOwner(key, (tx) => tx.append(logged("begun")));
    await Promise.all([closed.close(), closed.close()]);
    await begun;
    await expect(closed.processes.find("p")).rejects.toMatchObject({ code: "store-failed" });
    await expect(closed.asOwner(key, (tx) => tx.append(logged("x")))).rejects.toMatchObject({ code: "store-failed" });
    const store = await under.reopen();
    expect(await store.logs.list("p", { limit: 9 })).toMatchObject({ items: [{ message: "begun" }] });
  });

  test("what an OS process was told is stored survives its SIGKILL, without a gap", async () => {
    await using under = await openForTest();
    await under.store.close();
    const acknowledged = await writeUntilKilled(JSON.stringify(under.location));
    const store = await under.reopen();
    const record = await store.processes.find("crash");
    const stored = await store.events.list("crash", { limit: 100_000 });
    expect(acknowledged).toBeGreaterThanOrEqual(ACKNOWLEDGED_BEFORE_KILL);
    expect(record?.headSeq).toBeGreaterThanOrEqual(acknowledged);
    expect(stored.map((envelope) => envelope.seq)).toEqual(upTo(record?.headSeq ?? 0));
    // each transaction of the writer adds two events and one open item: never half of them
    expect((stored.length - 1) % 2).toBe(0);
    expect(await store.events.openItems("crash", "t")).toHaveLength((stored.length - 1) / 2);
  });

  test("another OS process writes to the same store at the same time, and both see all", async () => {
    await using under = await openForTest();
    const key = await claimed(under.store, "mine");
    const writing = writeUntilKilled(JSON.stringify(under.location));
    for (const n of upTo(30)) await under.store.asOwner(key, (tx) => tx.append(logged(`${n}`)));
    const acknowledged = await writing;
    expect((await under.store.processes.find("crash"))?.headSeq).toBeGreaterThanOrEqual(acknowledged);
    expect(await under.store.events.list("mine", { limit: 100 })).toHaveLength(31);
  });
}

/** Lets the writer go until enough was acknowledged, kills it, and answers with the highest seq it acknowledged. */
async function writeUntilKilled(location: string): Promise<number> {
  const child = spawn(process.execPath, [crashWriterPath, location], { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = 0;
  try {
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line);
      if (acknowledged >= ACKNOWLEDGED_BEFORE_KILL) child.kill("SIGKILL");
    }
  } finally {
    child.kill("SIGKILL");
  }
  return acknowledged;
}
