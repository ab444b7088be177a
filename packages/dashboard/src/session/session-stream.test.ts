import type { Envelope, OptioEvent } from "@optio/contract";
import { OptioError } from "@optio/contract";
import { expect, test } from "vitest";
import type { FollowOptions } from "../api/follow-stream.ts";
import { agentMessage, completed, envelopes, started, THREAD, turnStarted } from "../thread/golden.test-support.ts";
import { sessionView } from "./session.test-support.ts";
import { createSessionStream } from "./session-stream.ts";

const LOG = envelopes([
  turnStarted("t1"),
  completed("t1", agentMessage("a1", "one")),
  started("t1", agentMessage("a2", "")),
  completed("t1", agentMessage("a2", "two")),
]);

/** A stream over a log that a test steers: attach, say, lose. */
function steer(log: readonly Envelope[], headSeq = log.length) {
  const state = { log, headSeq, asked: [] as string[], unauthorized: 0, types: [] as string[] };
  let hooks: FollowOptions | undefined;
  const stream = createSessionStream({
    id: "demo",
    onSession: () => undefined,
    onEvents: (types) => state.types.push(...types),
    onUnauthorized: () => {
      state.unauthorized += 1;
    },
    schedule: (callback) => callback(),
    now: () => 77,
    source: {
      fetchSession: async () => sessionView({ headSeq: state.headSeq }),
      fetchEventsBefore: async (_, before) => {
        state.asked.push(`before ${before}`);
        return state.log.filter((envelope) => envelope.seq < before).slice(-2);
      },
      follow: async (options) => {
        hooks = options;
      },
    },
  });
  const signal = new AbortController().signal;
  const need = () => {
    if (!hooks) throw new Error("the stream does not follow yet");
    return hooks;
  };
  return {
    state,
    stream,
    snapshot: () => stream.getSnapshot(),
    run: () => stream.run(signal),
    attach: async () => {
      const { url } = await need().request(signal);
      state.asked.push(url.slice(url.indexOf("?")));
    },
    connect: () => need().onConnected(() => undefined),
    say: (event: string, data: unknown) => need().onMessage({ event, id: undefined, data: JSON.stringify(data) }),
    lose: (error?: unknown) => need().onLost(error),
  };
}

const shown = ({ snapshot }: ReturnType<typeof steer>) =>
  snapshot().thread.entries.map((entry) => (entry.type === "item" ? entry.item.text : entry.type));

test("it loads the newest page, then follows after it, and pages back on demand", async () => {
  const page = steer(LOG);
  await page.run();
  expect(page.snapshot()).toMatchObject({ isLoaded: false, connection: { type: "connecting" } });
  await page.attach();
  expect(page.state.asked).toEqual(["before 5", "?after=4"]);
  expect(shown(page)).toEqual(["two"]);
  page.stream.loadOlder();
  page.stream.loadOlder();
  await expect.poll(() => shown(page)).toEqual(["one", "two"]);
  expect(page.state.asked).toEqual(["before 5", "?after=4", "before 3"]);
  page.stream.loadOlder();
  expect(page.state.asked).toHaveLength(3);
});

test("it is live once the head of the attach is in, and says until then how far it is", async () => {
  const page = steer(LOG.slice(0, 2));
  await page.run();
  await page.attach();
  page.connect();
  expect(page.snapshot().connection).toEqual({ type: "live" });
  page.lose();
  page.state.headSeq = 4;
  expect(page.snapshot().connection).toEqual({ type: "offline", since: 77 });
  await page.attach();
  page.connect();
  expect(page.snapshot().connection).toEqual({ type: "catching-up", headSeq: 4 });
  page.say("durable", LOG[2]);
  expect(page.snapshot().connection.type).toBe("catching-up");
  page.say("durable", LOG[3]);
  expect(page.snapshot().connection).toEqual({ type: "live" });
});

test("after a reconnect it asks for what follows, and what comes twice shows once", async () => {
  const page = steer(LOG);
  await page.run();
  await page.attach();
  page.lose(new TypeError("Failed to fetch"));
  await page.attach();
  for (const envelope of LOG) page.say("durable", envelope);
  expect(page.state.asked).toEqual(["before 5", "?after=4", "?after=4"]);
  expect(shown(page)).toEqual(["two"]);
});

test("live frames and events that nobody knows do no harm", async () => {
  const page = steer(LOG.slice(0, 3));
  await page.run();
  await page.attach();
  page.say("live", { frame: "item.delta", threadId: THREAD, itemId: "a2", channel: "text", append: "tw" });
  page.say("live", { frame: "future" });
  page.say("durable", { seq: 4, at: LOG[3]?.at, run: 1, event: { type: "future.event" } as unknown as OptioEvent });
  page.say("other", {});
  expect([...page.snapshot().thread.live.values()]).toEqual([{ text: "tw", reasoning: "", output: "" }]);
  expect(page.snapshot().thread.lastSeq).toBe(4);
});

test("a log that was dropped is loaded anew", async () => {
  const page = steer(LOG);
  await page.run();
  await page.attach();
  page.state.log = envelopes([turnStarted("t9")]);
  page.state.headSeq = 1;
  page.lose();
  await page.attach();
  expect(page.snapshot().thread.lastSeq).toBe(1);
});

test("a lost login is reported", async () => {
  const page = steer(LOG);
  await page.run();
  page.lose(new OptioError("unauthorized", "no"));
  expect(page.state.unauthorized).toBe(1);
});
