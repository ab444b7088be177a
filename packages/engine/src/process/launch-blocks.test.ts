import type { Filter } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { Store } from "../store/store.ts";
import { STORES } from "../store/stores.test-support.ts";
import { aProcess } from "../testing/store/fixtures.ts";
import { LaunchBlocks } from "./launch-blocks.ts";

const blue = aProcess("p", { metadata: { team: "blue", tier: 2 } });
const red = aProcess("q", { metadata: { team: "red" } });
const blocksOn = (store: Store) => new LaunchBlocks({ stored: store.blocks, clock: new FakeClock() });

describe.each(STORES)("launch blocks on %s", (_, open) => {
  test("a block refuses what its filter matches, naming filter and reason, and nothing else", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    await blocks.refuse(blue);
    const { id } = await blocks.add({ filter: { "metadata.team": "blue" }, reason: "audit", persistent: false });
    await expect(blocks.refuse(blue)).rejects.toMatchObject({
      code: "launch-blocked",
      message: `process 'p' is blocked by {"metadata.team":"blue"} (audit)`,
      data: { blockId: id },
    });
    await blocks.refuse(red);
  });

  test("a block takes the whole filter language (S-16)", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    const filter: Filter = { or: [{ "metadata.team": "red" }, { "metadata.tier": { gte: 2 } }], not: { id: "q" } };
    await blocks.add({ filter, persistent: true });
    await expect(blocks.refuse(blue)).rejects.toMatchObject({ code: "launch-blocked" });
    await blocks.refuse(red);
    await expect(blocks.add({ filter: { teem: "red" }, persistent: false })).rejects.toMatchObject({
      code: "invalid-filter",
      message: expect.stringContaining("teem"),
    });
  });

  test("a block of everything is refused, however it is spelled", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    const everything: readonly Filter[] = [{}, { and: [] }, { not: { or: [] } }];
    for (const filter of everything) {
      await expect(blocks.add({ filter, persistent: true })).rejects.toMatchObject({ code: "invalid-filter" });
      await expect(blocks.lift({ filter })).rejects.toMatchObject({ code: "invalid-filter" });
    }
    expect(await blocks.list()).toEqual([]);
  });

  test("persistent blocks survive a restart, memory blocks do not", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    await blocks.add({ filter: { "metadata.team": "blue" }, persistent: true });
    await blocks.add({ filter: { "metadata.team": "red" }, persistent: false });
    const later = blocksOn(await under.reopen());
    await expect(later.refuse(blue)).rejects.toMatchObject({ code: "launch-blocked" });
    await later.refuse(red);
  });

  test("a persistent block counts at once in every engine of the store, a memory block in its own alone", async () => {
    await using under = await open();
    const [one, two] = [blocksOn(under.store), blocksOn(under.store)];
    await one.add({ filter: { "metadata.team": "blue" }, persistent: true });
    await one.add({ filter: { "metadata.team": "red" }, persistent: false });
    await expect(two.refuse(blue)).rejects.toMatchObject({ code: "launch-blocked" });
    await two.refuse(red);
    expect(await two.lift({ filter: { "metadata.team": "blue" } })).toBe(1);
    await one.refuse(blue);
  });

  test("a persistent block of a filter that is blocked so already joins the reasons, whatever the order of its keys (S-19)", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    const first = await blocks.add({ filter: { id: "p", "metadata.team": "blue" }, reason: "one", persistent: true });
    const again = await blocks.add({ filter: { "metadata.team": "blue", id: "p" }, reason: "two", persistent: true });
    expect(again).toEqual({ ...first, reason: "one AND two" });
    expect(await blocks.list()).toEqual([again]);
    expect(await blocks.lift({ filter: { "metadata.team": { eq: "blue" }, id: { in: ["p"] } } })).toBe(1);
  });

  test("lifting by filter takes memory and persistent blocks and says how many, by id one alone", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    const filter = { "metadata.team": "blue" };
    const stored = await blocks.add({ filter, persistent: true });
    const inMemory = await blocks.add({ filter, persistent: false });
    await blocks.add({ filter, persistent: false });
    expect(await blocks.lift({ id: inMemory.id })).toBe(1);
    await expect(blocks.refuse(blue)).rejects.toMatchObject({ code: "launch-blocked" });
    expect(await blocks.lift({ filter })).toBe(2);
    expect(await blocks.lift({ filter })).toBe(0);
    expect(await blocks.lift({ id: stored.id })).toBe(0);
    await blocks.refuse(blue);
  });

  test("leaving a scope lifts its block alone; one with the same filter stays, and so does a persistent one", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    const filter = { "metadata.team": "blue" };
    const other = await blocks.add({ filter, persistent: false });
    {
      await using held = await blocks.hold({ filter, persistent: false });
      expect((await blocks.list()).map(({ id }) => id).sort()).toEqual([other.id, held.block.id].sort());
    }
    expect(await blocks.list()).toEqual([other]);
    {
      await using _held = await blocks.hold({ filter: { id: "q" }, persistent: true });
    }
    await expect(blocks.refuse(red)).rejects.toMatchObject({ code: "launch-blocked" });
  });

  test("who adds a block can wait for the launches that were admitted before it", async () => {
    await using under = await open();
    const blocks = blocksOn(under.store);
    const claim = Promise.withResolvers<string>();
    const claiming = Promise.withResolvers<void>();
    const admitted = blocks.admit(blue, () => {
      claiming.resolve();
      return claim.promise;
    });
    await claiming.promise;
    await blocks.add({ filter: { id: "p" }, persistent: false });
    const order: string[] = [];
    const settled = blocks.settled().then(() => order.push("settled"));
    await expect(blocks.admit(blue, async () => "never")).rejects.toMatchObject({ code: "launch-blocked" });
    order.push("refused");
    claim.resolve("claimed");
    expect(await admitted).toBe("claimed");
    await settled;
    expect(order).toEqual(["refused", "settled"]);
  });
});
