import { PassThrough } from "node:stream";
import type { Decision } from "@optio/contract";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../program.test-support.ts";
import { envelopes, FixtureServer, problem, runCli, sessionView, writeEvent } from "../program.test-support.ts";

const decision: Decision = {
  id: "dec_1",
  processId: "p1",
  run: 1,
  kind: "command",
  state: "pending",
  request: { command: "uname", prefix: ["uname"] },
  options: ["accept", "accept_prefix", "decline"],
  requestedAt: "2026-01-01T00:00:00.000Z",
};
const CTRL_C = "\u0003";

/** A terminal on a session in which a decision waits; `step` is called with all output so far, each time there is more. */
async function attachTo(
  step: (output: string, terminal: { keys: PassThrough; settle: () => void }) => void,
  answer: () => ReturnType<typeof problem> = () => ({ json: { ...decision, state: "resolved" } }),
): Promise<{ outcome: Outcome; posted: unknown[] }> {
  const stream = new PassThrough();
  const keys = new PassThrough();
  await using server = new FixtureServer({
    "GET /sessions/p1": () => ({ json: sessionView({ decisions: [decision], phase: "waiting" }) }),
    "GET /sessions/p1/events": () => ({ stream }),
    "POST /decisions/dec_1": answer,
    "POST /sessions/p1/turns": () => ({ status: 202, json: { messageId: "m", state: "sent" } }),
  });
  const [resolved] = envelopes({ type: "decision.resolved", decision: { ...decision, state: "withdrawn" } });
  const settle = () => resolved && writeEvent(stream, resolved);
  let output = "";
  const outcome = await runCli(["attach", "p1", "--tail", "0"], {
    env: await server.start(),
    keys,
    onOutput: (text) => {
      output += text;
      step(output, { keys, settle });
    },
  });
  const posts = server.requests.filter(({ route }) => route.startsWith("POST"));
  return { outcome, posted: posts.map(({ body }) => body) };
}

/** Does each thing once, as soon as the output after the thing before holds its words. */
function script<T>(...steps: readonly (readonly [words: string, act: (terminal: T) => void])[]) {
  let [next, from] = [0, 0];
  return (output: string, terminal: T) => {
    const [words, act] = steps[next] ?? [];
    if (words === undefined || act === undefined || !output.slice(from).includes(words)) return;
    next += 1;
    from = output.length;
    // what is written together is seen together
    setImmediate(() => act(terminal));
  };
}

type Terminal = { keys: PassThrough; settle: () => void };
const type = (text: string) => (terminal: Terminal) => void terminal.keys.write(text);

describe("on a terminal", () => {
  test("one key answers a decision, and the line to type on comes back", async () => {
    const steps = script<Terminal>(["decide later", type("p")], ["›", type("hello\r")], ["hello", type(CTRL_C)]);
    const { outcome, posted } = await attachTo(steps);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain("yes, and always: uname …");
    expect(posted).toEqual([{ decision: "accept_prefix" }, { text: "hello", mode: "auto" }]);
  });

  test("a decision that was settled elsewhere is not asked any more", async () => {
    const steps = script<Terminal>(["decide later", ({ settle }) => settle()], ["withdrawn", type(CTRL_C)]);
    const { outcome, posted } = await attachTo(steps);
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining("optio attach p1") });
    expect(posted).toEqual([]);
  });

  test("a decision that somebody else answered faster is told as such", async () => {
    const steps = script<Terminal>(["decide later", type("n")], ["decision-already-resolved", type(CTRL_C)]);
    const { posted } = await attachTo(steps, () => problem(409, "decision-already-resolved", "ann was faster"));
    expect(posted).toEqual([{ decision: "decline" }]);
  });

  test("Ctrl-C at a decision leaves it open", async () => {
    const { outcome, posted } = await attachTo(script<Terminal>(["decide later", type(CTRL_C)]));
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining("the session goes on") });
    expect(posted).toEqual([]);
  });
});
