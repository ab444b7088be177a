import type { SessionPhase } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import { claimed, collectNotices, sessionFacts } from "../testing/store/fixtures.ts";
import { Board } from "./board.ts";

interface Look {
  readonly live: boolean;
  readonly ended: boolean;
  readonly login: boolean;
  readonly asked: boolean;
  readonly turn: boolean;
}

const BITS = [false, true];
const LOOKS: Look[] = BITS.flatMap((ended) =>
  BITS.flatMap((live) =>
    BITS.flatMap((login) => BITS.flatMap((asked) => BITS.map((turn) => ({ live, ended, login, asked, turn })))),
  ),
);

/** First that holds. */
const PHASES: readonly [SessionPhase, (look: Look) => boolean][] = [
  ["ended", (look) => look.ended],
  ["starting", (look) => !look.live],
  ["login", (look) => look.login],
  ["waiting", (look) => look.asked],
  ["busy", (look) => look.turn],
  ["idle", () => true],
];

async function openBoard() {
  const under = await openSqliteForTest();
  const key = await claimed(under.store);
  const board = new Board(under.store, key, sessionFacts());
  return { board, store: under.store, key, [Symbol.asyncDispose]: () => under[Symbol.asyncDispose]() };
}

describe("the phase", () => {
  test("follows from what holds, for every combination", async () => {
    await using on = await openBoard();
    const { board, store } = on;
    for (const look of LOOKS) {
      board.live = look.live;
      board.ended = look.ended;
      board.loginRequired = look.login;
      board.activeTurnId = look.turn ? "u" : null;
      board.pendingDecisions.clear();
      if (look.asked) board.pendingDecisions.add("d");
      await board.commit(async () => undefined);
      const expected = PHASES.find(([, holds]) => holds(look))?.[0];
      expect((await store.processes.find("p"))?.session?.phase, JSON.stringify(look)).toBe(expected);
    }
  });
});

test("a commit writes changed facts with it, and the record only when they changed", async () => {
  await using on = await openBoard();
  const { board, store } = on;
  await board.commit(async () => undefined);
  using heard = collectNotices(store);
  await board.commit((tx) => tx.append({ type: "process.logged", level: "info", message: "m" }));
  board.set({ activity: "thinking" });
  expect((await store.processes.find("p"))?.session?.activity).toBeNull();
  await board.commit(async () => undefined);
  expect((await store.processes.find("p"))?.session?.activity).toBe("thinking");
  await board.commit(async () => undefined);
  expect(heard.notices.map((notice) => notice.changeId === null)).toEqual([true, false]);
});

test("login kinds are shown only while a login is required", async () => {
  await using on = await openBoard();
  const { board, store } = on;
  board.loginKinds = ["apiKey"];
  await board.commit(async () => undefined);
  expect((await store.processes.find("p"))?.session?.login).toEqual({ required: false, kinds: [] });
  board.loginRequired = true;
  await board.commit(async () => undefined);
  expect((await store.processes.find("p"))?.session?.login).toEqual({ required: true, kinds: ["apiKey"] });
});

test("a lost run refuses every commit, and a failed one changes nothing", async () => {
  await using on = await openBoard();
  const { board, store, key } = on;
  const failing = board.commit(async (tx) => {
    await tx.append({ type: "session.adopted" });
    throw new Error("not now");
  });
  await expect(failing).rejects.toThrow("not now");
  expect(await store.events.list("p", { limit: 10 })).toHaveLength(1);
  const owner = { machineId: "m", bootId: "b", pid: 9, startTime: "9", leaseUntil: 9 };
  await store.processes.takeOver("p", key, owner);
  await expect(board.commit(async () => undefined)).rejects.toMatchObject({ code: "stale-owner" });
});
