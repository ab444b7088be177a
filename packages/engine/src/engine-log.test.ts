import type { LogLine } from "@optio/contract";
import { OptioError } from "@optio/contract";
import { beforeEach, describe, expect, test } from "vitest";
import { createLogVerbs } from "./engine-log.ts";
import { Emitter } from "./kernel/emitter.ts";
import { openStore } from "./store/open-store.ts";
import { openPostgresForTest } from "./store/postgres.test-support.ts";
import { openSqliteForTest } from "./store/sqlite.test-support.ts";
import type { CommitNotice, Store } from "./store/store.ts";
import { claimed, logged, upTo } from "./testing/store/fixtures.ts";

interface Room extends AsyncDisposable {
  readonly store: Store;
  readonly verbs: ReturnType<typeof createLogVerbs>;
  write(...messages: string[]): Promise<void>;
  /** Reads of the log so far. */
  readonly reads: number;
}

/** The log verbs on a process `p` that this test owns. `hear` stands in for the store's notices where it is given. */
async function openRoom(hear?: Emitter<CommitNotice>): Promise<Room> {
  const under = await openSqliteForTest();
  const key = await claimed(under.store);
  const counter = { reads: 0 };
  const { logs } = under.store;
  const store: Store = {
    ...under.store,
    logs: {
      list(...args) {
        counter.reads += 1;
        return logs.list(...args);
      },
    },
    ...(hear && { onCommit: (listener) => hear.subscribe(listener) }),
  };
  const read = async (id: string) => {
    const record = await store.processes.find(id);
    if (!record) throw new OptioError("not-found", `no process '${id}'`);
    return record;
  };
  return {
    store,
    verbs: createLogVerbs({ services: { store }, processes: { read } }),
    get reads() {
      return counter.reads;
    },
    write: (...messages) =>
      under.store.asOwner(key, async (tx) => {
        for (const message of messages) await tx.append(logged(message));
      }),
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  };
}

const messagesOf = (lines: readonly LogLine[]) => lines.map((line) => line.message);

/** Takes lines one by one. */
function taking(lines: AsyncIterable<LogLine>) {
  const iterator = lines[Symbol.asyncIterator]();
  return async (): Promise<string | undefined> => {
    const step = await iterator.next();
    return step.done ? undefined : step.value.message;
  };
}

describe("a page of the log", () => {
  test("goes forwards and backwards by the `next` of the one before", async () => {
    await using room = await openRoom();
    await room.write("one", "two", "three");
    const { log } = room.verbs;
    const first = await log("p", { limit: 2 });
    expect([messagesOf(first.items), first.next]).toEqual([["one", "two"], "2"]);
    const second = await log("p", { limit: 2, cursor: first.next ?? "" });
    expect([messagesOf(second.items), second.next]).toEqual([["three"], null]);
    const newest = await log("p", { limit: 2, before: 99 });
    expect([messagesOf(newest.items), newest.next]).toEqual([["two", "three"], "2"]);
    for (const place of [{ before: 2 }, { before: 99, cursor: "2" }]) {
      const older = await log("p", { limit: 2, ...place });
      expect([messagesOf(older.items), older.next]).toEqual([["one"], null]);
    }
  });

  test("refuses a position that none gave out, and an unknown process", async () => {
    await using room = await openRoom();
    for (const cursor of ["", "x", "-1", "1.5", "1e3", "9".repeat(16)]) {
      await expect(room.verbs.log("p", { limit: 2, cursor })).rejects.toMatchObject({ code: "invalid" });
    }
    await expect(room.verbs.log("none", { limit: 2 })).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("following the log", () => {
  let stop = new AbortController();
  beforeEach(() => {
    stop = new AbortController();
  });

  test("tells the lines after a place, then new ones as they are written, and ends on abort", async () => {
    await using room = await openRoom();
    await room.write("one", "two", "three");
    const next = taking(room.verbs.followLog("p", { after: 1, signal: stop.signal }));
    expect([await next(), await next()]).toEqual(["two", "three"]);
    for (const message of ["four", "five"]) {
      const coming = next();
      await room.write(message);
      expect(await coming).toBe(message);
    }
    const last = next();
    stop.abort();
    expect(await last).toBeUndefined();
    expect(await next()).toBeUndefined();
  });

  test("tells only lines of the level, run and text", async () => {
    await using room = await openRoom();
    const next = taking(room.verbs.followLog("p", { level: "info", run: 1, q: "HIT", signal: stop.signal }));
    const coming = next();
    await room.write("miss", "a hit");
    expect(await coming).toBe("a hit");
    const other = taking(room.verbs.followLog("p", { run: 2, signal: stop.signal }))();
    await room.write("of run 1");
    stop.abort();
    expect(await other).toBeUndefined();
  });

  test("reads the store for a slow consumer, page by page, and loses nothing", async () => {
    await using room = await openRoom();
    await room.write(...upTo(1_200).map(String));
    const next = taking(room.verbs.followLog("p", { signal: stop.signal }));
    expect(await next()).toBe("1");
    await room.write(...upTo(600).map((n) => String(1_200 + n)));
    expect(room.reads).toBe(1);
    for (const n of upTo(1_799)) expect(await next()).toBe(String(n + 1));
    expect(room.reads).toBe(4);
    stop.abort();
  });

  test("reads again when another OS process wrote, and not for commits without lines", async () => {
    const notices = new Emitter<CommitNotice>();
    await using room = await openRoom(notices);
    await room.write("one");
    const next = taking(room.verbs.followLog("p", { signal: stop.signal }));
    expect(await next()).toBe("one");
    const coming = next();
    await room.write("two");
    notices.emit({ processId: "p", envelopes: [], changeId: 4 });
    notices.emit({ processId: "other", envelopes: [], changeId: null, remote: true });
    expect(room.reads).toBe(1);
    notices.emit({ processId: "p", envelopes: [], changeId: null, remote: true });
    expect(await coming).toBe("two");
    stop.abort();
  });

  test("is woken by the database when another store on it writes", async () => {
    await using under = await openPostgresForTest();
    const key = await claimed(under.store);
    const there = await openStore(under.location);
    await using _ = { [Symbol.asyncDispose]: () => there.close() };
    const verbs = createLogVerbs({ services: { store: there }, processes: { read: there.processes.find } });
    const next = taking(verbs.followLog("p", { signal: stop.signal }));
    for (const message of ["one", "two"]) {
      const coming = next();
      await under.store.asOwner(key, (tx) => tx.append(logged(message)));
      expect(await coming).toBe(message);
    }
    stop.abort();
  });

  test("ends when the process is removed, and listens to nothing then", async () => {
    const notices = new Emitter<CommitNotice>();
    await using room = await openRoom(notices);
    const next = taking(room.verbs.followLog("p", { signal: stop.signal }));
    const end = next();
    while (notices.size === 0) await new Promise((resolve) => setImmediate(resolve));
    notices.emit({ processId: "p", envelopes: [], changeId: 9, removed: true });
    expect(await end).toBeUndefined();
    expect(notices.size).toBe(0);
  });

  test("of an unknown process is refused", async () => {
    await using room = await openRoom();
    const next = taking(room.verbs.followLog("none", { signal: stop.signal }));
    await expect(next()).rejects.toMatchObject({ code: "not-found" });
  });
});
