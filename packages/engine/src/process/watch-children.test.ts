import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { ChildTask } from "./children.ts";
import { heldBody, openProcessRoom, STORES } from "./processes.test-support.ts";
import type { ChildProgress, ProcessContext } from "./task.ts";

function child(id: string, execute: ChildTask["execute"]): ChildTask {
  return { id, name: id.toUpperCase(), execute };
}

describe.each(STORES)("a listener of child progress on $name", ({ open }) => {
  test("hears every change of state and ends with 100 percent, each group its own children (S-17)", async () => {
    await using room = await openProcessRoom(open);
    const heard: { first: ChildProgress[][]; second: ChildProgress[][] } = { first: [], second: [] };
    await room.define({
      async execute(ctx) {
        for (const key of ["first", "second"] as const) {
          await ctx.parallel((group) => group.spawn(child(key, async (below) => below.reportProgress(40, "so far"))), {
            onProgress: (children) => void heard[key].push([...children]),
          });
        }
      },
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({ state: "done" });
    for (const key of ["first", "second"] as const) {
      const states = heard[key].flatMap((children) => children.map(({ state }) => state));
      expect([...new Set(states)]).toEqual(["scheduled", "running", "done"]);
      expect(new Set(heard[key].flatMap((children) => children.map(({ id }) => id)))).toEqual(new Set([`p.${key}`]));
      expect(heard[key].at(-1)).toMatchObject([
        { id: `p.${key}`, name: key.toUpperCase(), state: "done", percent: 100 },
      ]);
    }
  });

  test("hears of progress ten times a second at most, and always of the last", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    const heard: (ChildProgress | undefined)[] = [];
    let onNews = Promise.withResolvers<void>();
    await room.define({
      async execute(ctx) {
        await ctx.runChild(child("a", body.execute), {
          onProgress: ([progress]) => {
            heard.push(progress);
            onNews.resolve();
            onNews = Promise.withResolvers<void>();
          },
        });
      },
    });
    const { processes } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    const ctx: ProcessContext = await body.begun;
    while (heard.at(-1)?.state !== "running") await onNews.promise;
    const calls = heard.length;
    for (let percent = 1; percent <= 30; percent += 1) {
      await ctx.reportProgress(percent, `at ${percent}`);
    }
    // time stands still: none of these is far enough from the call before
    expect(heard).toHaveLength(calls);
    const next = onNews.promise;
    clock.advance(100);
    await next;
    expect(heard).toHaveLength(calls + 1);
    body.end(undefined);
    await room.ended();
    expect(heard.at(-1)).toMatchObject({ state: "done", percent: 100 });
  });

  test("that throws harms neither the child nor its parent", async () => {
    await using room = await openProcessRoom(open);
    await room.define({
      execute: (ctx) =>
        ctx.runChild(
          child("a", async () => undefined),
          {
            onProgress: () => {
              throw new Error("of the listener");
            },
          },
        ),
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({ state: "done" });
  });
});
