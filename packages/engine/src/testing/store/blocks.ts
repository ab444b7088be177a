import { expect, test } from "vitest";
import type { StoredBlock } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";

/** Launch blocks that survive. */
export function testBlocks(openForTest: OpenForTest): void {
  test("E-22 a block survives a restart, is listed in its age, and goes by filter or id, with the number gone", async () => {
    await using under = await openForTest();
    const second = aBlock("b2", { createdAt: 2, filter: { or: [{ "metadata.team": "blue" }, { run: { gt: 3 } }] } });
    const first = aBlock("b1", { reason: "a\0" });
    expect(await under.store.blocks.put(second)).toEqual(second);
    const kept = await under.store.blocks.put(first);
    expect(kept).toEqual({ ...first, reason: "a\uFFFD" });
    const { blocks } = await under.reopen();
    expect(await blocks.list()).toEqual([kept, second]);
    expect(await blocks.remove({ id: "b1" })).toBe(1);
    expect(await blocks.remove({ id: "b1" })).toBe(0);
    expect(await blocks.remove({ filter: { "metadata.team": "blue" } })).toBe(0);
    expect(await blocks.remove({ filter: second.filter })).toBe(1);
    expect(await blocks.list()).toEqual([]);
  });

  test("S-19 blocks whose filters differ in spelling only are one, their reasons joined", async () => {
    await using under = await openForTest();
    const { blocks } = under.store;
    const first = aBlock("b1", { filter: { state: "idle", "metadata.team": "blue" }, reason: "one" });
    await blocks.put(first);
    const same = { "metadata.team": { in: ["blue"] }, state: { eq: "idle" } };
    for (const [reason, expected] of [
      [null, "one"],
      ["two", "one AND two"],
    ] as const)
      expect(await blocks.put(aBlock("b2", { filter: same, reason }))).toEqual({ ...first, reason: expected });
    expect(await blocks.remove({ filter: same })).toBe(1);
    await blocks.put(aBlock("b3", { filter: same }));
    expect(await blocks.put(aBlock("b4", { filter: same, reason: "late" }))).toMatchObject({
      id: "b3",
      reason: "late",
    });
  });
}

function aBlock(id: string, changes: Partial<StoredBlock> = {}): StoredBlock {
  return { id, filter: { state: "idle" }, reason: null, createdAt: 1, ...changes };
}
