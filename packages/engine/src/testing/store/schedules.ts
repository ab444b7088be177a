import { expect, test } from "vitest";
import type { OpenForTest } from "./fixtures.ts";
import { aProcess, claimed, collectNotices, upTo } from "./fixtures.ts";

const schedule = { cron: "0 4 * * *", timeZone: "UTC", misfire: "skip" } as const;

/** What lets processes start by themselves. */
export function testSchedules(openForTest: OpenForTest): void {
  test("records with a schedule are listed, others are not", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.define(aProcess("b", { adhoc: false, schedule, nextFireAt: 5 }));
    await store.processes.define(aProcess("a", { adhoc: false, schedule }));
    await store.processes.define(aProcess("c", { adhoc: false }));
    const listed = await store.processes.listScheduled();
    expect(listed.map(({ id, nextFireAt }) => [id, nextFireAt])).toEqual([
      ["a", null],
      ["b", 5],
    ]);
  });

  test("of many who take one fire, one gets it, and readers see the next one", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.define(aProcess("p", { adhoc: false, schedule }));
    expect(await store.processes.takeFire("p", 1, 2)).toBe(false);
    expect(await store.processes.takeFire("p", null, 100)).toBe(true);
    using heard = collectNotices(store);
    const taken = await Promise.all(upTo(8).map((n) => store.processes.takeFire("p", 100, 200 + n)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const record = await store.processes.find("p");
    expect(record?.nextFireAt).toBe(201 + taken.indexOf(true));
    expect(heard.notices).toEqual([{ processId: "p", envelopes: [], changeId: record?.changeId }]);
    expect(await store.processes.takeFire("p", record?.nextFireAt ?? 0, null)).toBe(true);
    expect(await store.processes.find("p")).toMatchObject({ nextFireAt: null });
    expect(await store.processes.takeFire("none", null, 1)).toBe(false);
  });

  test("E-20 ended records with a stamp are listed, and of many who take it one gets it", async () => {
    await using under = await openForTest();
    const { store } = under;
    for (const id of ["stamped", "active", "plain"]) {
      const key = await claimed(store, id);
      await store.asOwner(key, async (tx) => {
        await tx.patch({ autoResumeStamped: id !== "plain" });
        if (id !== "active") await tx.setState(["scheduled"], "cancelled", { endedAt: 1 });
      });
    }
    expect((await store.processes.listStamped()).map(({ id }) => id)).toEqual(["stamped"]);
    const taken = await Promise.all(upTo(8).map(() => store.processes.takeStamp("stamped")));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await store.processes.listStamped()).toEqual([]);
    expect(await store.processes.takeStamp("none")).toBe(false);
  });
}
