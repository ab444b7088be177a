import { access, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentKind } from "../agent/agent-kind.ts";
import type { Script, ScriptedModel } from "../scripted-model/index.ts";
import { startScriptedModel } from "../scripted-model/index.ts";
import type { AgentRigOptions } from "./agent/agent-rig.ts";
import { AgentRig } from "./agent/agent-rig.ts";

/** What the suite is told of one kind. */
export interface AgentKindSubject {
  readonly createKind: () => AgentKind;
  /** Keys of a session configuration that make the agent ask this model. */
  readonly configFor: (model: ScriptedModel) => object;
}

/** One script per test, told apart by the text that opens its thread. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  answer: [[{ reason: "thinking" }, { say: "one two three", chunkChars: 4 }], [{ say: "second" }]],
  join: [[{ gate: "join" }, { say: "first" }]],
  steer: [[{ gate: "steer" }, { say: "first" }]],
  hold: [[{ say: "half" }, { gate: "never" }]],
  // what a command prints in the instant it starts may come with its completion only
  tool: [[{ run: "sleep 0.4; echo out; until [ -e go ]; do sleep 0.05; done; cat go" }, { say: "done" }]],
  ask: [
    [
      { run: "touch asked", escalate: "a good reason" },
      { ifDeclined: [{ say: "no" }], otherwise: [{ say: "yes" }] },
    ],
  ],
  keep: [[{ say: "kept" }], [{ say: "after" }]],
  order: [[{ say: "a" }], [{ say: "b" }]],
};

/** The contract of `AgentKind`, `AgentDriver` and `AgentConnection`, run with the agent's real program on a scripted model. */
export function describeAgentKind(name: string, subject: AgentKindSubject): void {
  describe(`agent kind ${name}`, () => {
    let model: ScriptedModel | undefined;
    beforeAll(async () => {
      model = await startScriptedModel({
        script: Object.entries(SCRIPTS).map(([firstText, script]) => ({ match: { firstText }, script })),
      });
    });
    afterAll(async () => model?.close());
    const scripted = (): ScriptedModel => {
      if (!model) throw new Error("the model is started before the tests run");
      return model;
    };
    const kind = subject.createKind();
    const createRig = (more: object = {}, options: Partial<AgentRigOptions> = {}) =>
      AgentRig.create({ kind, input: { ...subject.configFor(scripted()), ...more }, ...options });
    describeConfig(kind);
    describeTurns(createRig, scripted);
    describeDecisions(createRig);
    describeEndings(createRig, scripted);
  });
}

type CreateRig = (more?: object, options?: Partial<AgentRigOptions>) => Promise<AgentRig>;

function describeConfig(kind: AgentKind): void {
  it("says that its program is there, and of which version", async () => {
    expect(await kind.probe()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      available: true,
      problem: null,
    });
  });

  it("splits secrets from what is stored, and reads back what it made", () => {
    const input = { identity: { apiKey: "a-secret" }, name: "n" };
    const { config, secrets } = kind.parseConfig(input, { given: "json", canAnswer: true });
    expect(secrets).toEqual({ apiKey: "a-secret" });
    expect(JSON.stringify(config)).not.toContain("a-secret");
    expect(kind.restoreConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
    expect(() => kind.restoreConfig({ nonsense: 1 })).toThrow(expect.objectContaining({ code: "invalid" }));
  });
}

function describeTurns(createRig: CreateRig, model: () => ScriptedModel): void {
  it("answers a turn: every item started and completed, deltas that make up its text", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    expect(await connection.loginState(rig.signal)).toEqual({ required: false });
    expect(await connection.turnsSince(threadId, async () => false, rig.signal)).toEqual([]);
    const { turnId } = await connection.startTurn({ threadId, text: "answer", messageId: "msg_1" }, rig.signal);
    expect(await facts.until("turn.completed")).toEqual({
      type: "turn.completed",
      threadId,
      turnId,
      status: "completed",
    });

    expect(facts.of("turn.started")).toEqual([{ type: "turn.started", threadId, turnId }]);
    const items = facts.of("item.completed").map(({ item }) => item);
    expect(items).toMatchObject([
      { kind: "userMessage", status: "completed", messageId: "msg_1" },
      { kind: "reasoning", status: "completed" },
      { kind: "agentMessage", status: "completed", text: "one two three" },
    ]);
    expect(facts.of("item.started").map(({ item }) => item.id)).toEqual(items.map(({ id }) => id));
    const deltas = facts.of("item.delta").filter(({ itemId }) => itemId === items[2]?.id);
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map(({ append }) => append).join("")).toBe("one two three");
    expect(facts.of("usage.updated").at(-1)?.usage.total.totalTokens).toBeGreaterThan(0);
  });

  it("lists turns after the newest settled one, oldest first, with items as they were live", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const first = await connection.startTurn({ threadId, text: "answer", messageId: "msg_1" }, rig.signal);
    await facts.until("turn.completed", ({ turnId }) => turnId === first.turnId);
    const second = await connection.startTurn({ threadId, text: "again", messageId: "msg_2" }, rig.signal);
    await facts.until("turn.completed", ({ turnId }) => turnId === second.turnId);

    const all = await connection.turnsSince(threadId, async () => false, rig.signal);
    expect(all.map(({ turnId, status }) => ({ turnId, status }))).toEqual([
      { turnId: first.turnId, status: "completed" },
      { turnId: second.turnId, status: "completed" },
    ]);
    expect(all.flatMap(({ items }) => items)).toEqual(facts.of("item.completed").map(({ item }) => item));
    const later = await connection.turnsSince(threadId, async (turnId) => turnId === first.turnId, rig.signal);
    expect(later.map(({ turnId }) => turnId)).toEqual([second.turnId]);
  });

  it("gives the running turn's id to a message that was to start another", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const { turnId } = await connection.startTurn({ threadId, text: "join", messageId: "msg_1" }, rig.signal);
    await model().gate("join").reached;
    const joined = await connection.startTurn({ threadId, text: "too", messageId: "msg_2" }, rig.signal);
    expect(joined.turnId).toBe(turnId);
    model().gate("join").open();
    await facts.until("item.completed", ({ item }) => item.messageId === "msg_2");
    await facts.until("turn.completed", (fact) => fact.turnId === turnId);
  });

  it("says nothing of threads that other clients have on the same program", async () => {
    await using rig = await createRig();
    await rig.start();
    const own = await rig.openThread();
    const other = await rig.openThread();
    await other.connection.startTurn({ threadId: other.threadId, text: "answer", messageId: "msg_1" }, rig.signal);
    await other.facts.until("turn.completed");
    await own.connection.startTurn({ threadId: own.threadId, text: "answer", messageId: "msg_2" }, rig.signal);
    await own.facts.until("turn.completed");
    const threads = own.facts.all.flatMap((fact) => ("threadId" in fact ? [fact.threadId] : []));
    expect(new Set(threads)).toEqual(new Set([own.threadId]));
  });

  it("takes a message into the running turn", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const { turnId } = await connection.startTurn({ threadId, text: "steer", messageId: "msg_1" }, rig.signal);
    await model().gate("steer").reached;
    await connection.steer({ threadId, turnId, text: "more", messageId: "msg_2" }, rig.signal);
    model().gate("steer").open();
    await facts.until("item.completed", ({ item }) => item.messageId === "msg_2");
    await facts.until("turn.completed", (fact) => fact.turnId === turnId);
    const idle = connection.steer({ threadId, turnId, text: "late", messageId: "msg_3" }, rig.signal);
    await expect(idle).rejects.toMatchObject({ code: "no-active-turn" });
  });

  it("interrupts the running turn, and only that", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const { turnId } = await connection.startTurn({ threadId, text: "hold", messageId: "msg_1" }, rig.signal);
    await facts.until("item.delta");
    const other = connection.interrupt({ threadId, turnId: threadId }, rig.signal);
    await expect(other).rejects.toMatchObject({ code: "no-active-turn" });
    await connection.interrupt({ threadId, turnId }, rig.signal);
    expect(await facts.until("turn.completed")).toMatchObject({ turnId, status: "interrupted" });
    const idle = connection.interrupt({ threadId, turnId }, rig.signal);
    await expect(idle).rejects.toMatchObject({ code: "no-active-turn" });
  });

  it("shows a command with its output and exit", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    await connection.startTurn({ threadId, text: "tool", messageId: "msg_1" }, rig.signal);
    const output = await facts.until("item.delta", ({ channel }) => channel === "output");
    expect(output.append).toBe("out\n");
    // renamed into place, so that the command that waits for it never reads it half-written
    await writeFile(join(rig.dirs.workspace, "go.tmp"), "from the file\n");
    await rename(join(rig.dirs.workspace, "go.tmp"), join(rig.dirs.workspace, "go"));
    const { item } = await facts.until("item.completed", (fact) => fact.item.kind === "commandExecution");
    expect(item).toMatchObject({
      id: output.itemId,
      status: "completed",
      exitCode: 0,
      aggregatedOutput: "out\nfrom the file\n",
    });
  });
}

function describeDecisions(createRig: CreateRig): void {
  it("asks before a command leaves the sandbox, and does as it is told", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const { turnId } = await connection.startTurn({ threadId, text: "ask", messageId: "msg_1" }, rig.signal);
    const { request: demand } = await facts.until("decision.requested");
    expect(demand).toMatchObject({ kind: "command", threadId, turnId, request: { reason: "a good reason" } });
    expect(demand.options).toEqual(expect.arrayContaining(["accept", "decline", "cancel"]));
    await connection.answer(demand, { decision: "accept" });
    await facts.until("decision.settled", ({ agentKey }) => agentKey === demand.agentKey);
    await facts.until("turn.completed");
    await access(join(rig.dirs.workspace, "asked"));
    expect(facts.of("item.completed").at(-1)?.item).toMatchObject({ kind: "agentMessage", text: "yes" });
  });

  it("says that a request is settled when another client has answered it", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    await connection.startTurn({ threadId, text: "ask", messageId: "msg_1" }, rig.signal);
    const { request } = await facts.until("decision.requested");
    const other = await rig.resumeThread(threadId);
    await other?.facts.until("decision.requested", (fact) => fact.request.agentKey === request.agentKey);
    await other?.connection.answer(request, { decision: "accept" });
    await facts.until("decision.settled", ({ agentKey }) => agentKey === request.agentKey);
    // the late answer of the first client changes nothing
    await connection.answer(request, { decision: "decline" });
    await facts.until("turn.completed");
    expect(facts.of("item.completed").at(-1)?.item).toMatchObject({ text: "yes" });
  });

  it("sends a pending request again, under the same key, to whoever resumes the thread", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    await connection.startTurn({ threadId, text: "ask", messageId: "msg_1" }, rig.signal);
    const first = await facts.until("decision.requested");
    await connection.close();
    await facts.ended;

    const later = await rig.resumeThread(threadId);
    if (!later) throw new Error("the thread is lost");
    const again = await later.facts.until("decision.requested");
    expect(again.request).toEqual(first.request);
    await later.connection.answer(again.request, { decision: "decline" });
    await later.facts.until("turn.completed");
    const completed = later.facts.of("item.completed").map(({ item }) => item);
    expect(completed).toContainEqual(expect.objectContaining({ id: first.request.itemId, status: "declined" }));
    expect(completed).toContainEqual(expect.objectContaining({ kind: "agentMessage", text: "no" }));
    await expect(access(join(rig.dirs.workspace, "asked"))).rejects.toThrow();
  });
}

function describeEndings(createRig: CreateRig, model: () => ScriptedModel): void {
  it("goes on with a thread after its program was killed", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const { turnId } = await connection.startTurn({ threadId, text: "keep", messageId: "msg_1" }, rig.signal);
    await facts.until("turn.completed");
    await rig.kill();
    expect((await connection.closed).reason).not.toBe("");
    await facts.ended;
    await expect(connection.loginState(rig.signal)).rejects.toMatchObject({ code: "agent-closed" });

    await rig.start();
    const later = await rig.resumeThread(threadId);
    if (!later) throw new Error("the thread is lost");
    const [kept] = await later.connection.turnsSince(threadId, async () => false, rig.signal);
    expect(kept).toMatchObject({ turnId, status: "completed" });
    expect(kept?.items.at(-1)).toMatchObject({ kind: "agentMessage", text: "kept" });
    await later.connection.startTurn({ threadId, text: "on", messageId: "msg_2" }, rig.signal);
    await later.facts.until("turn.completed");
    expect(later.facts.of("item.completed").at(-1)?.item).toMatchObject({ text: "after" });
  });

  it("shows the turn that was cut by the kill as interrupted", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    const { turnId } = await connection.startTurn({ threadId, text: "hold", messageId: "msg_1" }, rig.signal);
    await facts.until("item.completed", ({ item }) => item.kind === "agentMessage");
    await rig.kill();
    await rig.start();
    const later = await rig.resumeThread(threadId);
    const turns = await later?.connection.turnsSince(threadId, async () => false, rig.signal);
    expect(turns).toMatchObject([{ turnId, status: "interrupted" }]);
    expect(turns?.[0]?.items.map(({ status }) => status)).not.toContain("inProgress");
  });

  it("takes up a thread that nothing was said in while its program lives, and not after its death", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, threadId } = await rig.openThread();
    await connection.close();
    const later = await rig.resumeThread(threadId);
    if (!later) throw new Error("the thread is lost");
    expect(await later.connection.turnsSince(threadId, async () => false, rig.signal)).toEqual([]);
    await later.connection.startTurn({ threadId, text: "answer", messageId: "msg_1" }, rig.signal);
    await later.facts.until("turn.completed");

    const { threadId: empty } = await rig.openThread();
    await rig.kill();
    await rig.start();
    expect(await rig.resumeThread(empty)).toBeUndefined();
  });

  it("puts the standing instructions before the model, also on a resumed thread, and nothing into the workspace", async () => {
    await using rig = await createRig();
    await rig.driver.writeInstructions("STANDING ORDER 4711", rig.signal);
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    await connection.startTurn({ threadId, text: "order", messageId: "msg_1" }, rig.signal);
    await facts.until("turn.completed");
    expect(JSON.stringify(model().requests.at(-1))).toContain("STANDING ORDER 4711");
    await rig.kill();
    await rig.driver.writeInstructions("CHANGED ORDER 4712", rig.signal);
    await rig.start();
    const later = await rig.resumeThread(threadId);
    await later?.connection.startTurn({ threadId, text: "order", messageId: "msg_2" }, rig.signal);
    await later?.facts.until("turn.completed");
    expect(JSON.stringify(model().requests.at(-1))).toContain("CHANGED ORDER 4712");
    expect(await rig.host.files.list(rig.dirs.workspace)).toEqual([]);
  });

  it("answers a ping while it is idle and while it works", async () => {
    await using rig = await createRig();
    await rig.start();
    const { connection, facts, threadId } = await rig.openThread();
    await connection.ping(20_000);
    await connection.startTurn({ threadId, text: "hold", messageId: "msg_1" }, rig.signal);
    await facts.until("item.delta");
    await connection.ping(20_000);
    await connection.close();
    expect(await connection.closed).toEqual({ reason: expect.any(String) });
    await expect(connection.ping(1000)).rejects.toMatchObject({ code: "agent-closed" });
  });
}
