import { describe, expect, test } from "vitest";
import { LEASE_MS } from "./ownership.ts";
import { openProcessRoom, STORES } from "./processes.test-support.ts";
import { keyOf, transitionUnowned } from "./transition.ts";

describe.each(STORES)("on $name", ({ open }) => {
  test("a run that ended after somebody saw it as an orphan is taken over by nobody", async () => {
    await using room = await openProcessRoom(open);
    await room.define({ execute: async () => undefined });
    const { me } = await room.engine();
    const owner = { ...me, leaseUntil: Date.now() + LEASE_MS };
    const seen = await room.store.processes.claim("p", ["idle"], owner, {});
    if (!seen) throw new Error("the process cannot be claimed");
    await transitionUnowned(room.store, keyOf(seen), "cancelled", { owner: null });
    expect(await room.store.processes.takeOver("p", seen, owner)).toBeUndefined();
    expect(await room.store.processes.find("p")).toMatchObject({ state: "cancelled", owner: null, epoch: seen.epoch });
  });
});
