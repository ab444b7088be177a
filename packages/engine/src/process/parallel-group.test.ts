import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import type { ChildOutcome, ChildTask, ParallelGroup, ParallelOptions } from "./children.ts";
import { heldBody, openProcessRoom, STORES } from "./processes.test-support.ts";
import type { ProcessContext } from "./task.ts";

function child(id: string, execute: ChildTask["execute"]): ChildTask {
  return { id, name: id.toUpperCase(), execute };
}

const nothing = async () => undefined;

/** What a parent that runs one group comes to. */
async function runGroup(
  open: Parameters<typeof openProcessRoom>[0],
  body: (group: ParallelGroup, ctx: ProcessContext) => Promise<void>,
  options: ParallelOptions = {},
) {
  await using room = await openProcessRoom(open);
  const seen: { outcomes?: readonly ChildOutcome[]; error?: OptioError; shouldContinue?: boolean } = {};
  await room.define({
    async execute(ctx) {
      try {
        seen.outcomes = await ctx.parallel((group) => body(group, ctx), options);
      } catch (error) {
        seen.error = error as OptioError;
      }
      seen.shouldContinue = ctx.shouldContinue;
      if (seen.error) throw seen.error;
    },
  });
  const { processes } = await room.engine();
  await processes.launch("p", { resume: false });
  const record = await room.ended();
  const children = await room.store.processes.children("p");
  return { ...seen, record, states: Object.fromEntries(children.map(({ id, state }) => [id, state])) };
}

describe.each(STORES)("a parallel group on $name", ({ open }) => {
  test("runs no more children at once than it may, and answers in the order of their ends (E-14)", async () => {
    let running = 0;
    let most = 0;
    const gates = [0, 1, 2, 3, 4].map(() => Promise.withResolvers<void>());
    const begun: string[] = [];
    const { outcomes, record } = await runGroup(
      open,
      async (group) => {
        const spawned = gates.map((gate, index) =>
          group.spawn(
            child(`c${index}`, async (ctx) => {
              begun.push(ctx.processId);
              running += 1;
              most = Math.max(most, running);
              await gate.promise;
              running -= 1;
            }),
          ),
        );
        await spawned[1];
        // the later one of the first two ends first
        gates[1]?.resolve();
        await spawned[2];
        for (const gate of gates) gate.resolve();
        await Promise.all(spawned);
      },
      { concurrency: 2 },
    );
    expect(record.state).toBe("done");
    expect(most).toBe(2);
    expect(begun).toHaveLength(5);
    expect(outcomes?.[0]).toEqual({ id: "p.c1", name: "C1", state: "done", error: undefined });
    expect(outcomes?.map(({ id }) => id).sort()).toEqual(["p.c0", "p.c1", "p.c2", "p.c3", "p.c4"]);
  });

  test("with a failure ends its siblings at once and throws one error with every original (E-14)", async () => {
    const boom = new RangeError("boom");
    const sibling = heldBody();
    const { error, record, states, shouldContinue } = await runGroup(open, async (group) => {
      await group.spawn(child("a", sibling.executeHeeding));
      await sibling.begun;
      await group.spawn(child("b", () => Promise.reject(boom)));
    });
    expect(error).toMatchObject({
      code: "group-failed",
      data: {
        children: [
          { id: "p.b", name: "B", state: "failed" },
          { id: "p.a", name: "A", state: "cancelled" },
        ],
      },
    });
    const errors = error?.cause instanceof AggregateError ? error.cause.errors : [];
    expect(errors).toMatchObject([
      { code: "child-failed", message: "child 'B' (p.b) failed: boom" },
      { code: "cancelled" },
    ]);
    expect(errors[0].cause).toBe(boom);
    // a failure weighs more than the cancels that it brought: the parent is not cancelled
    expect(shouldContinue).toBe(true);
    expect(record).toMatchObject({ state: "failed", error: { code: "group-failed" } });
    expect(states).toEqual({ "p.a": "cancelled", "p.b": "failed" });
  });

  test("of which a child was cancelled cancels its parent, and throws as well", async () => {
    await using room = await openProcessRoom(open);
    const [first, second] = [heldBody(), heldBody()];
    let code = "";
    await room.define({
      async execute(ctx) {
        await ctx
          .parallel(async (group) => {
            await group.spawn(child("a", first.executeHeeding));
            await group.spawn(child("b", second.executeHeeding));
          })
          .catch((error: OptioError) => {
            code = error.code;
            throw error;
          });
      },
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await Promise.all([first.begun, second.begun]);
    await processes.cancel("p.a");
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
    expect(code).toBe("group-failed");
    expect(await room.store.processes.find("p.b")).toMatchObject({ state: "cancelled" });
    // what only says again that it was cancelled is no news for the log
    const { items } = await room.store.logs.list("p", { limit: 50, level: "warning" });
    expect(items).toEqual([]);
  });

  test("that survives both answers with every outcome, originals included", async () => {
    const boom = new Error("boom");
    const { outcomes, record } = await runGroup(
      open,
      async (group) => {
        await group.spawn(child("a", () => Promise.reject(boom)));
        await group.spawn(child("b", nothing));
      },
      { surviveFailure: true, surviveCancel: true },
    );
    expect(record.state).toBe("done");
    const failed = outcomes?.find(({ state }) => state === "failed");
    expect(failed?.error).toMatchObject({ code: "child-failed" });
    expect(failed?.error?.cause).toBe(boom);
    expect(outcomes).toHaveLength(2);
  });

  test("counts a child that could not be started as failed (S-17)", async () => {
    const { error, states } = await runGroup(open, async (group) => {
      await group.spawn(child("a", nothing));
      await group.spawn(child("a", nothing));
    });
    expect(error).toMatchObject({ code: "group-failed", message: expect.stringContaining("has a child 'a' already") });
    expect(Object.keys(states)).toEqual(["p.a"]);
  });

  test("waits for all of its children although its body threw, and tells of the body's error", async () => {
    const held = heldBody();
    const order: string[] = [];
    const { error, record } = await runGroup(open, async (group) => {
      await group.spawn(
        child("a", async (ctx) => {
          await held.execute(ctx);
          order.push("child ended");
        }),
      );
      await held.begun;
      queueMicrotask(() => held.end(undefined));
      throw new OptioError("too-large", "of the body");
    });
    order.push("group left");
    expect(order).toEqual(["child ended", "group left"]);
    expect(error).toMatchObject({ code: "too-large" });
    expect(record).toMatchObject({ state: "failed", error: { code: "too-large" } });
  });

  test("starts nothing more after a breach, also what waited for a place", async () => {
    let started = false;
    const { error, states } = await runGroup(
      open,
      async (group) => {
        const first = group.spawn(child("a", () => Promise.reject(new Error("boom"))));
        const second = group.spawn(
          child("b", async () => {
            started = true;
          }),
        );
        await Promise.all([first, second]);
      },
      { concurrency: 1 },
    );
    expect(started).toBe(false);
    expect(states).toEqual({ "p.a": "failed" });
    expect(error?.data?.children).toMatchObject([{ id: "p.a" }, { id: "p.b", state: "cancelled" }]);
  });
});

test.each([0, -1, 1.5, Number.NaN])("a concurrency of %s is refused", async (concurrency) => {
  const { error } = await runGroup(undefined, nothing, { concurrency });
  expect(error).toMatchObject({
    code: "invalid",
    message: `concurrency: ${concurrency} is not a whole number from 1 on`,
  });
});
