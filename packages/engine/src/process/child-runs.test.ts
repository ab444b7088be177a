import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { sessionFacts } from "../testing/store/fixtures.ts";
import type { ChildOutcome, ChildTask } from "./children.ts";
import type { ProcessRoom } from "./processes.test-support.ts";
import { heldBody, openProcessRoom, STORES, untilState } from "./processes.test-support.ts";
import type { ProcessContext } from "./task.ts";

/** A child that does this. */
function child(id: string, execute: ChildTask["execute"], more: Partial<ChildTask> = {}): ChildTask {
  return { id, name: id.toUpperCase(), execute, ...more };
}

const nothing = async () => undefined;

/** Waits for the abort and rejects with its reason. */
function untilAborted(ctx: Pick<ProcessContext, "signal">): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(ctx.signal.reason);
    if (ctx.signal.aborted) end();
    else ctx.signal.addEventListener("abort", end);
  });
}

/** Runs a parent with this body to its end. */
async function runParent(
  room: ProcessRoom,
  execute: (ctx: ProcessContext) => Promise<unknown>,
  options: Parameters<ProcessRoom["define"]>[0] = { execute },
) {
  await room.define({ ...options, execute }, "task");
  const engine = await room.engine();
  await engine.processes.launch("p", { resume: false });
  return { record: await room.ended(), ...engine };
}

describe.each(STORES)("a child on $name", ({ open }) => {
  test("is a process below its parent, with its metadata, its root, its depth and its place (E-27)", async () => {
    await using room = await openProcessRoom(open);
    const seen: unknown[] = [];
    const grandchild = child("c", nothing);
    const { record } = await runParent(room, async (ctx) => {
      await ctx.runChild(
        child(
          "a",
          async (below) => {
            seen.push(below.params, below.metadata, below.processId);
            await below.runChild(grandchild);
          },
          { params: { n: 1 }, description: "the first" },
        ),
      );
      await ctx.runChild(child("b", nothing));
    });
    expect(record.state).toBe("done");
    expect(seen).toEqual([{ n: 1 }, { team: "blue" }, "p.a"]);
    const common = { metadata: { team: "blue" }, root: "p", state: "done", run: 1, owner: null, adhoc: false };
    expect(await room.store.processes.find("p.a")).toMatchObject({
      ...common,
      parent: "p",
      depth: 1,
      order: 0,
      name: "A",
      description: "the first",
      params: { n: 1 },
    });
    expect(await room.store.processes.find("p.b")).toMatchObject({ ...common, parent: "p", depth: 1, order: 1 });
    expect(await room.store.processes.find("p.a.c")).toMatchObject({ ...common, parent: "p.a", depth: 2, order: 0 });
    expect(await room.moves("p.a")).toEqual(["idle>scheduled", "scheduled>running", "running>done"]);
  });

  test("that fails throws its name, its id and the very error in its parent, which can catch it and end done (E-13, E-15)", async () => {
    await using room = await openProcessRoom(open);
    const original = new TypeError("boom");
    const caught: unknown[] = [];
    const { record } = await runParent(room, async (ctx) => {
      await ctx.runChild(child("a", () => Promise.reject(original))).catch((error: unknown) => caught.push(error));
      caught.push(ctx.shouldContinue, ctx.signal.aborted);
    });
    expect(caught).toMatchObject([
      { code: "child-failed", message: "child 'A' (p.a) failed: boom", data: { id: "p.a", name: "A" } },
      true,
      false,
    ]);
    expect((caught[0] as Error).cause).toBe(original);
    expect(record).toMatchObject({ state: "done", error: null });
    expect(await room.store.processes.find("p.a")).toMatchObject({ state: "failed", error: { message: "boom" } });
  });

  test("whose failure nobody catches fails its parent, and one that is survived is an outcome (E-13)", async () => {
    await using room = await openProcessRoom(open);
    const outcomes: ChildOutcome[] = [];
    const { record } = await runParent(room, async (ctx) => {
      const failing = () => Promise.reject(new OptioError("directory-refused", "no such place"));
      outcomes.push(await ctx.runChild(child("a", failing), { surviveFailure: true }));
      await ctx.runChild(child("b", failing));
    });
    expect(outcomes).toMatchObject([{ id: "p.a", name: "A", state: "failed", error: { code: "child-failed" } }]);
    expect(outcomes[0]?.error?.cause).toMatchObject({ code: "directory-refused" });
    expect(record).toMatchObject({
      state: "failed",
      error: { code: "child-failed", message: "child 'B' (p.b) failed: no such place" },
    });
  });

  test("that is cancelled cancels its parent, unless that is survived (E-15)", async () => {
    await using room = await openProcessRoom(open);
    const outcomes: unknown[] = [];
    const bodies = [heldBody(), heldBody()] as const;
    await room.define({
      async execute(ctx) {
        outcomes.push(await ctx.runChild(child("a", bodies[0].executeHeeding), { surviveCancel: true }));
        outcomes.push(ctx.shouldContinue);
        outcomes.push(await ctx.runChild(child("b", bodies[1].executeHeeding)));
        outcomes.push(ctx.shouldContinue);
      },
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await bodies[0].begun;
    await processes.cancel("p.a");
    await bodies[1].begun;
    await processes.cancel("p.b");
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
    expect(outcomes).toMatchObject([{ id: "p.a", state: "cancelled" }, true, { id: "p.b", state: "cancelled" }, false]);
    expect((await room.moves()).slice(-3)).toEqual([
      "running>cancel_requested",
      "cancel_requested>cancelling",
      "cancelling>cancelled",
    ]);
  });

  test("that fails has its siblings told to end before its parent hears of it, and no recovery work after (S-lesson 3)", async () => {
    await using room = await openProcessRoom(open);
    const sibling = heldBody();
    const order: string[] = [];
    const { record } = await runParent(room, async (ctx) => {
      const other = ctx.runChild(child("a", sibling.executeHeeding), { surviveCancel: true });
      const { signal } = await sibling.begun;
      signal.addEventListener("abort", () => order.push("sibling aborted"));
      await ctx.runChild(child("b", () => Promise.reject(new Error("x")))).catch(() => order.push("parent resumed"));
      await ctx.runChild(child("recovery", async () => order.push("recovered")));
      await other;
    });
    expect(order).toEqual(["sibling aborted", "parent resumed", "recovered"]);
    expect(record.state).toBe("done");
    expect(await room.store.processes.find("p.a")).toMatchObject({ state: "cancelled" });
    expect(await room.store.processes.find("p.recovery")).toMatchObject({ state: "done" });
  });

  test("that fails beside others leaves the parent to catch it: the cancel of the siblings is no cancel of the parent (E-15)", async () => {
    await using room = await openProcessRoom(open);
    const sibling = heldBody();
    const caught: unknown[] = [];
    const { record } = await runParent(room, async (ctx) => {
      const other = ctx.runChild(child("a", sibling.executeHeeding));
      await sibling.begun;
      const failing = ctx.runChild(child("b", () => Promise.reject(new Error("x"))));
      await Promise.all([other, failing]).catch((error: OptioError) => caught.push(error.code));
      caught.push((await other).state, ctx.shouldContinue);
    });
    expect(caught).toEqual(["child-failed", "cancelled", true]);
    expect(record).toMatchObject({ state: "done", error: null });
  });

  test("of an id that this run has used is refused, and one of a bad id or below a parent whose body is over", async () => {
    await using room = await openProcessRoom(open);
    const codes: string[] = [];
    const late = Promise.withResolvers<ProcessContext>();
    const tell = (error: { code: string }) => codes.push(error.code);
    await runParent(room, async (ctx) => {
      await ctx.runChild(child("a", nothing));
      await ctx.runChild(child("a", nothing)).catch(tell);
      await ctx.runChild(child("no good", nothing)).catch(tell);
      late.resolve(ctx);
    });
    const run = (await late.promise).runChild(child("b", nothing));
    await expect(run).rejects.toThrow(/p/);
    expect(codes).toEqual(["id-taken", "invalid"]);
    expect(await room.store.processes.find("p.b")).toBeUndefined();
  });

  test("that a launch block matches is refused, and nothing of it is stored", async () => {
    await using room = await openProcessRoom(open);
    const blocked = new OptioError("launch-blocked", "blocked");
    const subjects: unknown[] = [];
    await room.define({ execute: (ctx) => ctx.runChild(child("a", nothing)) });
    const { processes } = await room.engine({
      parts: {
        blocks: {
          refuse: async () => undefined,
          admit: async (subject, claim) => {
            subjects.push([subject.id, subject.metadata]);
            if (subject.parent !== null) throw blocked;
            return claim();
          },
        },
      },
    });
    await processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({ state: "failed", error: { code: "launch-blocked" } });
    expect(subjects).toEqual([
      ["p", { team: "blue" }],
      ["p.a", { team: "blue" }],
    ]);
    expect(await room.store.processes.find("p.a")).toBeUndefined();
  });

  test("is not started once its parent is being cancelled: no record, a line in the log, an outcome (E-10)", async () => {
    await using room = await openProcessRoom(open);
    const begun = Promise.withResolvers<void>();
    const outcomes: ChildOutcome[] = [];
    await room.define({
      async execute(ctx) {
        begun.resolve();
        await untilAborted(ctx).catch(() => undefined);
        outcomes.push(await ctx.runChild(child("a", nothing)));
      },
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await begun.promise;
    await processes.cancel("p");
    await room.ended();
    expect(outcomes).toMatchObject([{ id: "p.a", state: "cancelled", error: { code: "cancelled" } }]);
    expect(await room.store.processes.find("p.a")).toBeUndefined();
    const { items } = await room.store.logs.list("p", { limit: 10 });
    expect(items).toMatchObject([{ message: "child 'p.a' does not start: its parent is being cancelled" }]);
  });

  test("does not outlive its parent's body: it is cancelled, and the parent ends after it", async () => {
    await using room = await openProcessRoom(open);
    const body = heldBody();
    const { record } = await runParent(room, async (ctx) => {
      void ctx.runChild(child("a", body.executeHeeding));
      await body.begun;
    });
    expect(record.state).toBe("done");
    const below = await room.store.processes.find("p.a");
    expect(below).toMatchObject({ state: "cancelled" });
    expect(below?.endedAt).toBeLessThanOrEqual(record.endedAt ?? 0);
  });
});

describe.each(STORES)("the children of an earlier run on $name", ({ open }) => {
  test("go with a fresh launch and are told to whoever keeps more of them", async () => {
    await using room = await openProcessRoom(open);
    const removed: string[] = [];
    await room.define({ execute: (ctx) => ctx.runChild(child(`run-${ctx.run}`, nothing)) });
    const { processes } = await room.engine({
      parts: {
        onRemoved: async (ids) => {
          removed.push(...ids);
        },
      },
    });
    await processes.launch("p", { resume: false });
    await room.ended();
    await processes.launch("p", { resume: false });
    await untilState(room.store, "p", (state) => state === "done");
    const children = await room.store.processes.children("p");
    expect(children.map(({ id }) => id)).toEqual(["p.run-2"]);
    expect(removed).toEqual(["p.run-1"]);
  });

  test("are found by their ids when the parent is resumed, and resumed when they saved something", async () => {
    await using room = await openProcessRoom(open);
    const modes: string[] = [];
    const saving = child(
      "saved",
      async (ctx) => {
        modes.push(`${ctx.processId} ${ctx.mode} ${ctx.run}`);
        await ctx.markSavedState();
      },
      { supportsResume: true },
    );
    const plain = child("plain", async (ctx) => modes.push(`${ctx.processId} ${ctx.mode} ${ctx.run}`));
    await room.define({
      supportsResume: true,
      async execute(ctx) {
        await ctx.markSavedState();
        await ctx.runChild(saving);
        await ctx.runChild(plain);
      },
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await room.ended();
    await processes.launch("p", { resume: true });
    await untilState(room.store, "p", (state) => state === "done");
    expect(modes).toEqual(["p.saved fresh 1", "p.plain fresh 1", "p.saved resume 2", "p.plain fresh 2"]);
  });

  test("are sessions with their facts and the launch patch of their runs", async () => {
    await using room = await openProcessRoom(open);
    const session = { agent: "agent", model: "m", scripted: true };
    const task = child(
      "s",
      async (ctx) => {
        await ctx.markSavedState();
      },
      { session, supportsResume: true },
    );
    await room.define({
      supportsResume: true,
      async execute(ctx) {
        await ctx.markSavedState();
        await ctx.runChild(task);
      },
    });
    const { processes } = await room.engine({
      parts: {
        sessionFacts: ({ model }) => sessionFacts({ model }),
        launchPatch: (record, resume) =>
          record.session ? { session: { ...record.session, resumeFrom: resume ? record.run : null } } : {},
      },
    });
    await processes.launch("p", { resume: false });
    await room.ended();
    const facts = { kind: "session", agent: "agent", session: { model: "m", resumeFrom: null } };
    expect(await room.store.processes.find("p.s")).toMatchObject(facts);
    await processes.launch("p", { resume: true });
    await untilState(room.store, "p", (state) => state === "done");
    expect(await room.store.processes.find("p.s")).toMatchObject({ run: 2, session: { model: "m", resumeFrom: 1 } });
  });
});

describe.each(STORES)("a child's result on $name", ({ open }) => {
  test("reaches its parent while the child goes on, whose outcome can be awaited (E-18)", async () => {
    await using room = await openProcessRoom(open);
    const body = heldBody();
    const seen: unknown[] = [];
    const { record } = await runParent(room, async (ctx) => {
      const handle = await ctx.runChildForResult<{ n: number }>(
        child("a", async (below) => {
          below.publishResult({ n: 7 });
          return body.execute(below);
        }),
      );
      seen.push(handle.result, (await room.store.processes.find("p.a"))?.state);
      body.end(undefined);
      seen.push((await handle.outcome()).state);
    });
    expect(record.state).toBe("done");
    expect(seen).toEqual([{ n: 7 }, "running", "done"]);
  });

  test("that never comes is a typed error with the state, or the failure itself (E-18)", async () => {
    await using room = await openProcessRoom(open);
    const codes: unknown[] = [];
    const tell = (error: OptioError) => codes.push([error.code, error.data?.state ?? error.message]);
    const { record } = await runParent(room, async (ctx) => {
      await ctx.runChildForResult(child("a", nothing)).catch(tell);
      await ctx.runChildForResult(child("b", () => Promise.reject(new Error("boom")))).catch(tell);
      await ctx
        .runChildForResult(
          child("c", () => Promise.reject(new Error("boom"))),
          { surviveFailure: true },
        )
        .catch(tell);
    });
    expect(record.state).toBe("done");
    expect(codes).toEqual([
      ["result-not-published", "done"],
      ["child-failed", "child 'B' (p.b) failed: boom"],
      ["result-not-published", "failed"],
    ]);
  });

  test("that takes too long is a timeout, and the child goes on", async () => {
    await using room = await openProcessRoom(open);
    const body = heldBody();
    const seen: unknown[] = [];
    const { record } = await runParent(room, async (ctx) => {
      const result = ctx.runChildForResult(child("a", body.execute), { timeoutMs: 1 });
      seen.push(await result.catch((error: OptioError) => error.code));
      const { processId } = await body.begun;
      seen.push((await room.store.processes.find(processId))?.state);
      body.end(undefined);
      await untilState(room.store, "p.a", (state) => state === "done");
    });
    expect(record.state).toBe("done");
    expect(seen).toEqual(["timeout", "running"]);
  });

  test("is its run's alone: children of two parents with one id, and two runs, do not collide (S-8)", async () => {
    await using room = await openProcessRoom(open);
    const seen: unknown[] = [];
    for (const id of ["p", "q"]) {
      await room.define({
        id,
        async execute(ctx) {
          const task = child("same", async (below) => below.publishResult({ of: below.processId, run: below.run }));
          seen.push((await ctx.runChildForResult(task)).result);
        },
      });
    }
    const { processes } = await room.engine();
    await Promise.all(["p", "q"].map((id) => processes.launch(id, { resume: false })));
    await Promise.all([room.ended("p"), room.ended("q")]);
    await processes.launch("p", { resume: false });
    await untilState(room.store, "p", (state) => state === "done");
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(
      expect.arrayContaining([
        { of: "p.same", run: 1 },
        { of: "q.same", run: 1 },
      ]),
    );
  });
});
