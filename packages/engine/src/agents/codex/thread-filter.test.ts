import { describe, expect, it } from "vitest";
import type { Incoming } from "./thread-filter.ts";
import { ThreadFilter } from "./thread-filter.ts";

const note = (threadId: string | undefined, method = "turn/started"): Incoming => ({
  kind: "notification",
  method,
  params: threadId === undefined ? {} : { threadId },
});
const ask = (threadId: string): Incoming => ({ kind: "request", id: 1, method: "ask", params: { threadId } });
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

  it("drops what other threads tell, and lets pass what they ask and that it is settled", () => {
    const { passed, filter } = filtered();
    filter.choose("own");
    const settled = note("child", "serverRequest/resolved");
    for (const message of [note("title"), note("child"), ask("child"), settled]) filter.take(message);
    expect(passed).toEqual([ask("child"), settled]);
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
