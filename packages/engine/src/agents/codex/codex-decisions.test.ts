import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DecisionAnswer } from "@optio/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScriptedModel, Step } from "../../scripted-model/index.ts";
import { startScriptedModel } from "../../scripted-model/index.ts";
import { AgentRig } from "../../testing/agent/agent-rig.ts";
import { createCodexKind } from "./codex-kind.ts";

const kind = createCodexKind();
let model: ScriptedModel;
beforeAll(async () => {
  // the steps are the message
  model = await startScriptedModel({
    script: ({ lastUserText }): Step[] => [...JSON.parse(lastUserText), { say: "end" }],
  });
});
afterAll(() => model.close());

async function startRig(): Promise<AgentRig> {
  const rig = await AgentRig.create({ kind, input: { codexConfig: model.codexConfig() } });
  await writeFile(join(rig.dirs.workspace, "old.txt"), "old\n");
  return rig;
}

/** Plays turns in a session in which every decision gets the next of the answers. */
async function play(rig: AgentRig, answers: readonly DecisionAnswer[], ...turns: Step[][]) {
  await rig.start();
  const { connection, facts, threadId } = await rig.openThread();
  let answered = 0;
  for (const steps of turns) {
    const { turnId } = await connection.startTurn(
      { threadId, text: JSON.stringify(steps), messageId: "m" },
      rig.signal,
    );
    const isOver = facts.until("turn.completed", (fact) => fact.turnId === turnId).then(() => undefined);
    const nextDemand = () =>
      facts.until("decision.requested", (fact) => facts.of("decision.requested").indexOf(fact) >= answered);
    for (let demand = await Promise.race([nextDemand(), isOver]); demand; ) {
      const decision = answers[answered++];
      if (!decision) throw new Error(`decision ${answered} was not expected`);
      await connection.answer(demand.request, { decision });
      demand = await Promise.race([nextDemand(), isOver]);
    }
  }
  const items = facts.of("item.completed").map(({ item }) => item);
  return { facts, items, answered, demands: facts.of("decision.requested").map(({ request }) => request) };
}

const ask = (command: string): Step => ({ run: command, escalate: "needed" });
const exists = (rig: AgentRig, name: string) =>
  access(join(rig.dirs.workspace, name)).then(
    () => true,
    () => false,
  );

describe("answers to approvals, with the real codex", () => {
  it("accept: the command runs", async () => {
    await using rig = await startRig();
    const { items } = await play(rig, ["accept"], [ask("touch a")]);
    expect(await exists(rig, "a")).toBe(true);
    expect(items.find(({ kind }) => kind === "commandExecution")).toMatchObject({ status: "completed", exitCode: 0 });
  });

  it("accept for the session: the same command is not asked for again, another one is", async () => {
    await using rig = await startRig();
    const { answered, demands } = await play(
      rig,
      ["accept_for_session", "decline"],
      [ask("touch a"), ask("touch a"), ask("touch b")],
    );
    expect(answered).toBe(2);
    expect(demands).toHaveLength(2);
    expect(await exists(rig, "b")).toBe(false);
  });

  it("accept the prefix: what begins like it is not asked for again", async () => {
    await using rig = await startRig();
    const { demands } = await play(rig, ["accept_prefix"], [ask("touch a")], [ask("touch a b")]);
    expect(demands).toHaveLength(1);
    expect(demands[0]?.request.prefix).toEqual(["touch", "a"]);
    expect(await exists(rig, "b")).toBe(true);
  });

  it("decline: the command does not run, the turn goes on", async () => {
    await using rig = await startRig();
    const { facts, items } = await play(rig, ["decline"], [ask("touch a")]);
    expect(await exists(rig, "a")).toBe(false);
    expect(items.find(({ kind }) => kind === "commandExecution")).toMatchObject({ status: "declined" });
    expect(facts.of("turn.completed")).toMatchObject([{ status: "completed" }]);
  });

  it("cancel: the command does not run, the turn is interrupted, its items are ended", async () => {
    await using rig = await startRig();
    const { facts, items } = await play(rig, ["cancel"], [ask("touch a")]);
    expect(await exists(rig, "a")).toBe(false);
    expect(facts.of("turn.completed")).toMatchObject([{ status: "interrupted" }]);
    expect(items.map(({ id }) => id)).toEqual(facts.of("item.started").map(({ item }) => item.id));
  });

  it("a file change shows its changes and obeys", async () => {
    const patch = (path: string): Step => ({ patch: { path, add: "one\ntwo\n" } });
    await using rig = await startRig();
    const { items, demands, facts } = await play(
      rig,
      ["accept", "decline", "cancel"],
      [patch("../yes.txt")],
      [patch("../no.txt")],
      [patch("../never.txt")],
    );
    expect(demands[0]).toMatchObject({
      kind: "fileChange",
      request: { changes: [{ path: join(rig.dirs.taskDir, "yes.txt"), kind: { type: "add" }, diff: "one\ntwo\n" }] },
    });
    expect(await exists(rig, "../yes.txt")).toBe(true);
    expect(await exists(rig, "../no.txt")).toBe(false);
    expect(await exists(rig, "../never.txt")).toBe(false);
    const changes = items.filter(({ kind }) => kind === "fileChange");
    expect(changes.map(({ status }) => status)).toEqual(["completed", "declined", "declined"]);
    expect(facts.of("turn.completed").map(({ status }) => status)).toEqual(["completed", "completed", "interrupted"]);
  });

  it("an agent below the session's asks too, under its own thread", async () => {
    await using rig = await startRig();
    const child = JSON.stringify([ask("touch from-below")]);
    const { demands, facts } = await play(
      rig,
      ["accept"],
      [
        { call: "spawn_agent", namespace: "multi_agent_v1", args: { message: child } },
        { run: "until [ -e from-below ]; do sleep 0.05; done" },
      ],
    );
    const own = facts.of("turn.completed")[0]?.threadId;
    expect(demands).toMatchObject([{ kind: "command", request: { reason: "needed" } }]);
    expect(demands[0]?.threadId).not.toBe(own);
    expect(facts.of("decision.settled").map(({ agentKey }) => agentKey)).toEqual([demands[0]?.agentKey]);
    expect(new Set(facts.of("item.completed").map(({ threadId }) => threadId))).toEqual(new Set([own]));
  });

  it("counts the lines of a turn's changes", async () => {
    await using rig = await startRig();
    const { facts } = await play(
      rig,
      [],
      [
        {
          patch: [
            { path: "new.txt", add: "1\n2\n" },
            { path: "old.txt", from: "old", to: "young" },
          ],
        },
      ],
    );
    expect(facts.of("diff.updated").at(-1)?.stat).toEqual({ files: 2, added: 3, removed: 1 });
  });
});
