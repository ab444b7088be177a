import { mkdtemp, rm, utimes } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { Logger } from "../kernel/logger.ts";
import { silentLogger } from "../kernel/logger.ts";
import { BlobFiles } from "../store/blobs/blob-files.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { Store } from "../store/store.ts";
import { claimAgain, claimed, endRun, logged, upTo } from "../testing/store/fixtures.ts";
import { RETENTION_LIMITS, runRetention } from "./retention.ts";

describe("retention", () => {
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp("/var/tmp/optio-retention-");
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** Retention in the background; `stop` ends it. */
  function begin(store: Pick<Store, "retention" | "blobs">, limits: Partial<typeof RETENTION_LIMITS>) {
    const clock = new FakeClock(Date.now());
    const stop = new AbortController();
    const lines: string[] = [];
    const note = (fields: Readonly<Record<string, unknown>>, message: string) =>
      lines.push(`${message} ${Object.values(fields).join()}`);
    const logger: Logger = { ...silentLogger, info: note, error: note };
    const files = new BlobFiles(home);
    const running = runRetention({ store, files, clock, logger, limits }, stop.signal);
    return { clock, stop, lines, running, files };
  }

  test("looks at once and at every interval, and ends on abort", async () => {
    await using under = await openSqliteForTest();
    const { store } = under;
    const key = await claimed(store);
    const write = (count: number) =>
      store.asOwner(key, async (tx) => {
        for (const n of upTo(count)) await tx.append(logged(`${n}`));
      });
    const lineCount = async () => (await store.logs.list("p", { limit: 100 })).items.length;
    await write(10);
    const { clock, stop, running, lines } = begin(store, { maxLines: 4, batch: 3, intervalMs: 1_000 });
    await clock.untilSleeping();
    expect(await lineCount()).toBe(4);
    expect(lines).toEqual(["retention: events and log lines dropped 6"]);
    await write(5);
    clock.advance(999);
    expect(await lineCount()).toBe(9);
    clock.advance(1);
    await clock.untilSleeping();
    expect(await lineCount()).toBe(4);
    stop.abort();
    await running;
  });

  test("keeps the newest twenty runs by default", async () => {
    await using under = await openSqliteForTest();
    const { store } = under;
    let key = await claimed(store);
    for (const _ of upTo(RETENTION_LIMITS.keepRuns)) {
      await endRun(store, key);
      key = await claimAgain(store);
    }
    const { clock, stop, running } = begin(store, {});
    await clock.untilSleeping();
    const runs = (await store.events.list("p", { limit: 100 })).map((envelope) => envelope.run);
    expect([Math.min(...runs), Math.max(...runs)]).toEqual([2, 21]);
    stop.abort();
    await running;
  });

  test("collects blob files that nothing names, after their grace", async () => {
    await using under = await openSqliteForTest();
    const { clock, stop, running, files, lines } = begin(under.store, { blobGraceMs: 60_000, intervalMs: 30_000 });
    await clock.untilSleeping();
    const { hash } = await files.write("nobody's");
    const writtenAt = new Date(clock.now());
    await utimes(files.pathOf(hash), writtenAt, writtenAt);
    clock.advance(30_000);
    await clock.untilSleeping();
    expect(lines).toEqual([]);
    clock.advance(30_000);
    await clock.untilSleeping();
    expect(lines).toEqual(["retention: blob files dropped 1"]);
    stop.abort();
    await running;
  });

  test("lets others write between its batches", async () => {
    await using under = await openSqliteForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      for (const n of upTo(400)) await tx.append(logged(`${n}`));
    });
    const calls: number[] = [];
    const written: number[] = [];
    const counting: Store["retention"] = {
      async compact(limits) {
        calls.push(1);
        if (calls.length === 2)
          void store.asOwner(key, (tx) => tx.append(logged("between"))).then(() => written.push(calls.length));
        return store.retention.compact(limits);
      },
    };
    const { clock, stop, running } = begin({ ...store, retention: counting }, { maxLines: 1, batch: 20 });
    await clock.untilSleeping();
    expect(written).toHaveLength(1);
    expect(written[0]).toBeLessThanOrEqual(3);
    expect(calls.length).toBeGreaterThan(15);
    stop.abort();
    await running;
  });

  test("goes on after a failure, which it logs", async () => {
    await using under = await openSqliteForTest();
    const { store } = under;
    const outcomes = [() => Promise.reject(new Error("the disk")), () => Promise.resolve({ dropped: 3, next: null })];
    const failing: Store["retention"] = {
      compact: async () => (await outcomes.shift()?.()) ?? { dropped: 0, next: null },
    };
    const { clock, stop, running, lines } = begin({ ...store, retention: failing }, { intervalMs: 10 });
    await clock.untilSleeping();
    clock.advance(10);
    await clock.untilSleeping();
    expect(lines).toEqual([
      "retention: events and log lines not dropped the disk",
      "retention: events and log lines dropped 3",
    ]);
    stop.abort();
    await running;
  });
});
