import { expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { aProcess } from "./fixtures.ts";

/** Processes by their place in a tree. */
export function testTrees(openForTest: OpenForTest): void {
  test("children come in their order, those of others do not", async () => {
    await using under = await openForTest();
    await grow(under.store);
    const ids = async (id: string) => (await under.store.processes.children(id)).map((record) => record.id);
    expect(await ids("r")).toEqual(["r.z", "r.a", "r.b"]);
    expect(await ids("r.a")).toEqual(["r.a.1", "r.a.2"]);
    expect(await ids("r.a.1")).toEqual([]);
    expect(await ids("none")).toEqual([]);
  });

  test.each([
    ["r", ["r", "r.z", "r.a", "r.b", "r.a.1", "r.b.1", "r.a.2", "r.a.2.x"]],
    ["r.a", ["r.a", "r.a.1", "r.a.2", "r.a.2.x"]],
    ["r.z", ["r.z"]],
    ["none", []],
  ])(
    "a tree from %s has parents before children and siblings in order, whatever the page size",
    async (id, expected) => {
      await using under = await openForTest();
      await grow(under.store);
      for (const limit of [1, 2, 3, 100])
        expect(await treeOf(under.store, id, limit), `limit ${limit}`).toEqual(expected);
    },
  );

  test.each(["", "x", "WzEsImEiXQ"])("the cursor %j of a tree is refused", async (cursor) => {
    await using under = await openForTest();
    await grow(under.store);
    const page = under.store.processes.tree("r", { cursor, limit: 1 });
    await expect(page).rejects.toMatchObject({ code: "invalid" });
  });
}

/** Two trees; ids that begin alike are not always family. */
async function grow(store: Store): Promise<void> {
  const children: readonly [id: string, parent: string, order: number][] = [
    ["r.a", "r", 1],
    ["r.z", "r", 0],
    ["r.b", "r", 1],
    ["r.a.2", "r.a", 5],
    ["r.a.1", "r.a", 0],
    ["r.b.1", "r.b", 0],
    ["r.a.2.x", "r.a.2", 0],
    ["s.r.a.3", "s", 0],
  ];
  await store.processes.insert(aProcess("r"));
  await store.processes.insert(aProcess("s"));
  await store.processes.insert(aProcess("r.a.stranger"));
  for (const [id, parent, order] of children) await store.processes.insert(aProcess(id, { parent, order }));
}

async function treeOf(store: Store, id: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.processes.tree(id, { limit, ...(cursor !== undefined && { cursor }) });
    ids.push(...page.items.map((record) => record.id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}
