import { describe, expect, it } from "vitest";
import type { Incoming } from "./thread-filter.ts";
import { ThreadFilter } from "./thread-filter.ts";

const note = (threadId: string | undefined, method = "turn/started"): Incoming => ({
  kind: "notification",
  method,
  params: threadId === undefined ? {} : { threadId },
});
const ask = (threadId: string): Incoming => ({ kind: "request", id: 1, method: "ask", params: { threadId } });
const started = (id: string, parentThreadId: string | null, ephemeral = false): Incoming => ({
  kind: "notification",
  method: "thread/started",
  params: { thread: { id, ephemeral, parentThreadId } },
});

function filtered() {
  const passed: Incoming[] = [];
  return { passed, filter: new ThreadFilter((message) => passed.push(message)) };
}

describe("ThreadFilter", () => {
  it("holds what comes before the thread is known, and drops what was about others", () => {
    const { passed, filter } = filtered();
    const messages = [note("own"), note("title"), note(undefined, "account/updated"), ask("own")];
    for (const message of messages) filter.take(message);
    expect(passed).toEqual([messages[2]]);
    filter.choose("own");
    expect(passed).toEqual([messages[2], messages[0], messages[3]]);
  });

  it("drops what other threads send", () => {
    const { passed, filter } = filtered();
    filter.choose("own");
    for (const message of [started("title", null, true), note("title"), ask("title"), ask("foreign")])
      filter.take(message);
    expect(passed).toEqual([]);
  });

  it("lets pass what threads below its own ask, but nothing else of them", () => {
    const { passed, filter } = filtered();
    filter.choose("own");
    filter.take(started("child", "own"));
    filter.take(started("grandchild", "child"));
    for (const message of [note("child"), ask("child"), ask("grandchild")]) filter.take(message);
    expect(passed).toEqual([ask("child"), ask("grandchild")]);
  });

  it("holds again after the choice was taken back", () => {
    const { passed, filter } = filtered();
    filter.choose("lost");
    filter.reset();
    filter.take(note("new"));
    filter.choose("new");
    expect(passed).toEqual([note("new")]);
  });
});
