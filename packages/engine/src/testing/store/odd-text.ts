import { expect, test } from "vitest";
import type { OpenForTest } from "./fixtures.ts";
import { aMessage, aProcess, claimAgain, collectNotices } from "./fixtures.ts";

const NUL = "before\0after\0";
const LONE = "a\uD800b";

/** Text that no database holds as it is: agents print it. */
export function testOddText(openForTest: OpenForTest): void {
  test("an event with NUL and half characters in its text comes back whole", async () => {
    await using under = await openForTest();
    await under.store.processes.insert(aProcess("p"));
    const key = await claimAgain(under.store);
    const event = { type: "message.client", keyword: NUL, data: { [NUL]: LONE, deep: [NUL, "\u{F8F0}0"] } } as const;
    using heard = collectNotices(under.store);
    await under.store.asOwner(key, (tx) => tx.append(event));
    const stored = await under.store.events.list("p", { limit: 9 });
    expect(stored.at(-1)?.event).toEqual(event);
    expect(heard.notices.flatMap(({ envelopes }) => envelopes)).toEqual(stored.slice(-1));
  });

  test("messages, settings and JSON keep NUL; names, and half characters outside of JSON, become readable", async () => {
    await using under = await openForTest();
    const { store } = under;
    const metadata = { note: NUL, half: LONE };
    await store.processes.insert(aProcess("p", { name: `name ${NUL}`, description: NUL, metadata }));
    const key = await claimAgain(store);
    await store.asOwner(key, async (tx) => {
      await tx.putMessage({ ...aMessage("m"), text: `${NUL}${LONE}` });
      await tx.patch({ error: { code: "internal", message: NUL } });
      await tx.putManifest({ note: NUL });
    });
    await store.putMeta("k", NUL);
    expect(await store.processes.find("p")).toMatchObject({
      name: "name before\uFFFDafter\uFFFD",
      description: "before\uFFFDafter\uFFFD",
      metadata,
      error: { message: NUL },
    });
    expect(await store.messages.unsent("p", 1)).toMatchObject([{ text: `${NUL}a\uFFFDb` }]);
    expect(await store.manifests.find("p")).toMatchObject({ manifest: { note: NUL } });
    expect(await store.getMeta("k")).toBe(NUL);
    expect((await store.processes.list({ q: "name bef", limit: 9 })).items.map(({ id }) => id)).toEqual(["p"]);
  });
}
