import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScriptedModel, Step } from "../../scripted-model/index.ts";
import { startScriptedModel } from "../../scripted-model/index.ts";
import { AgentRig } from "../../testing/agent/agent-rig.ts";
import { createCodexKind } from "./codex-kind.ts";

const STEPS: Readonly<Record<string, Step[]>> = {
  dropped: [{ say: "half", chunkChars: 1, delayMs: 20 }, { drop: true }, { say: "recovered" }],
  refused: [{ fault: { status: 429, times: 100 } }],
  full: [{ fail: { code: "context_length_exceeded", message: "too much", times: 100 } }],
};

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({ script: ({ lastUserText }) => STEPS[lastUserText] ?? [{ say: "fine" }] });
});
afterAll(() => model.close());

const createRig = () => AgentRig.create({ kind: createCodexKind(), input: { codexConfig: model.codexConfig() } });

async function runTurn(rig: AgentRig, text: string) {
  await rig.start();
  const { connection, facts, threadId } = await rig.openThread();
  await connection.startTurn({ threadId, text, messageId: "msg_1" }, rig.signal);
  return { facts, threadId, end: await facts.until("turn.completed") };
}

describe("faults of the model, with the real codex", () => {
  it("a lost stream is a warning; the turn completes", async () => {
    await using rig = await createRig();
    const { facts, threadId, end } = await runTurn(rig, "dropped");
    expect(end.status).toBe("completed");
    expect(facts.of("warning")).toContainEqual(
      expect.objectContaining({ code: "model-retry", threadId, message: expect.stringContaining("disconnected") }),
    );
    expect(facts.of("item.completed").at(-1)?.item).toMatchObject({ kind: "agentMessage", text: "recovered" });
  });

  it.each([
    ["refused", "responseTooManyFailedAttempts"],
    ["full", "contextWindowExceeded"],
  ])("a call that stays %s fails the turn with codex's reason, and is no item", async (text, code) => {
    await using rig = await createRig();
    const { facts, end } = await runTurn(rig, text);
    expect(end).toMatchObject({ status: "failed", error: { code, message: expect.stringMatching(/\S/) } });
    expect(facts.of("item.completed").map(({ item }) => item.kind)).toEqual(["userMessage"]);
  });

  it("a message of the longest kind arrives and comes back whole; a longer one is refused, naming the limit", async () => {
    const text = "𝄞".repeat(1024 * 1024);
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    await connection.startTurn({ threadId, text, messageId: "msg_1" }, rig.signal);
    const { item } = await facts.until("item.completed", (fact) => fact.item.kind === "userMessage");
    expect(item).toMatchObject({ messageId: "msg_1", content: [{ type: "text", text }] });
    const longer = connection.startTurn({ threadId, text: `${text}x`, messageId: "msg_2" }, rig.signal);
    await expect(longer).rejects.toMatchObject({ code: "too-large", message: expect.stringContaining("1048576") });
  });
});
