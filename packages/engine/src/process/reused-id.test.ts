import { describe, expect, test } from "vitest";
import { LEASE_MS } from "./ownership.ts";
import { openProcessRoom, STORES } from "./processes.test-support.ts";
import { keyOf, transitionUnowned } from "./transition.ts";

describe.each(STORES)("on $name", ({ open }) => {
  test("an owner that slept while its process was removed and made anew does not write into the new one", async () => {
    await using room = await openProcessRoom(open);
    const { processes } = room.store;
    const { me } = await room.engine();
    const claim = async () => {
      await room.define({ execute: async () => undefined });
      const record = await processes.claim("p", ["idle"], { ...me, leaseUntil: Date.now() + LEASE_MS }, {});
      if (!record) throw new Error("the process cannot be claimed");
      return keyOf(record);
    };
    const sleeper = await claim();
    await transitionUnowned(room.store, sleeper, "cancelled", { owner: null });
    await processes.remove(["p"]);
    const owner = await claim();
    expect(owner.run).toBe(1);
    const write = room.store.asOwner(sleeper, (tx) =>
      tx.append({ type: "process.logged", level: "info", message: "I" }),
    );
    await expect(write).rejects.toMatchObject({ code: "stale-owner" });
    await room.store.asOwner(owner, (tx) => tx.patch({ ephemeral: false }));
  });
});
