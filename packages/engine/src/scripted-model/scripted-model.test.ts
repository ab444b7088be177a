import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CodexItem, CodexTurn } from "./codex.test-support.ts";
import { Codex, createCodexHome } from "./codex.test-support.ts";
import { demoScript } from "./demo-script.ts";
import type { Step } from "./script.ts";
import type { ScriptedModel, ScriptedModelOptions } from "./start-scripted-model.ts";
import { startScriptedModel } from "./start-scripted-model.ts";

type Rig = { model: ScriptedModel; codex: Codex; workspace: string; thread: string };

async function withCodex(
  use: (rig: Rig) => Promise<void>,
  options: ScriptedModelOptions & { modelName?: string } = {},
): Promise<void> {
  const model = await startScriptedModel(options);
  try {
    await using home = await createCodexHome(model, options.modelName);
    await using codex = await Codex.start(home);
    const thread = await codex.startThread();
    await use({ model, codex, workspace: home.workspace, thread });
  } finally {
    await model.close();
  }
}

const steps = (...list: Step[]) => `!script ${JSON.stringify(list)}`;

const kinds = (turn: CodexTurn) => turn.items.filter((item) => item.type !== "userMessage").map((item) => item.type);

const texts = (turn: CodexTurn) =>
  turn.items.flatMap((item: CodexItem) => (item.type === "agentMessage" ? [item.text] : []));

for (const modelName of ["scripted-1", "scripted-code-1", "nobody-knows-this-model"])
  it(`turns every kind of step into codex's item with model ${modelName}`, async () => {
    await withCodex(
      async ({ codex, workspace, thread }) => {
        const turn = await codex.turn(
          thread,
          steps(
            { reason: "first I think" },
            { say: "then I act", phase: "commentary", chunkChars: 3 },
            { run: "echo from the shell" },
            { patch: { path: "a.txt", add: "one\ntwo\n" } },
            { patch: { path: "a.txt", from: "two", to: "three" } },
            { parallel: [{ run: "echo left" }, { run: "echo right; exit 3" }] },
            { say: "done 😀", chunkChars: 1 },
          ),
        );
        expect(kinds(turn)).toEqual([
          "reasoning",
          "agentMessage",
          "commandExecution",
          "fileChange",
          "fileChange",
          "commandExecution",
          "commandExecution",
          "agentMessage",
        ]);
        expect(texts(turn)).toEqual(["then I act", "done 😀"]);
        expect(turn.status).toBe("completed");
        const commands = turn.items.filter((item) => item.type === "commandExecution");
        expect(commands[0]).toMatchObject({ aggregatedOutput: "from the shell\n", exitCode: 0 });
        expect(commands.slice(1).map((item) => item.exitCode)).toContain(3);
        expect(await readFile(join(workspace, "a.txt"), "utf8")).toBe("one\nthree\n");
      },
      { modelName },
    );
  });

it("gives codex a description of its model, so that codex does not warn", async () => {
  await withCodex(async ({ codex, thread }) => {
    await codex.turn(thread, "hello");
    expect(codex.warnings).toEqual([]);
    expect(await codex.call("account/read", {})).toMatchObject({ requiresOpenaiAuth: false });
    expect(await codex.call("model/list", {})).toMatchObject({
      data: [{ model: "scripted-1", displayName: "Scripted model" }],
    });
  });
});

for (const decision of ["accept", "decline"])
  it(`goes on as scripted after an approval is answered with ${decision}`, async () => {
    await withCodex(async ({ codex, thread }) => {
      codex.decision = decision;
      const turn = await codex.turn(
        thread,
        steps(
          { run: "true", escalate: "may I?" },
          { ifDeclined: [{ say: "you said no" }], otherwise: [{ say: "you said yes" }] },
          { patch: { path: "../outside.txt", add: "outside\n" } },
          { ifDeclined: [{ say: "no again" }], otherwise: [{ say: "yes again" }] },
        ),
      );
      const [command, change] = turn.items.filter((item) => item.status !== undefined);
      const status = decision === "accept" ? "completed" : "declined";
      expect(command).toMatchObject({ type: "commandExecution", status });
      expect(change).toMatchObject({ type: "fileChange", status });
      expect(turn.approvals).toHaveLength(2);
      expect(texts(turn)).toEqual(decision === "accept" ? ["you said yes", "yes again"] : ["you said no", "no again"]);
    });
  });

for (const modelName of ["scripted-1", "scripted-code-1"])
  it(`runs parallel calls beside a declined one with model ${modelName}`, async () => {
    await withCodex(
      async ({ codex, thread }) => {
        codex.decision = "decline";
        const turn = await codex.turn(
          thread,
          steps(
            { parallel: [{ run: "true", escalate: "may I?" }, { run: "echo beside" }] },
            { ifDeclined: [{ say: "declined" }], otherwise: [{ say: "accepted" }] },
          ),
        );
        const commands = turn.items.filter((item) => item.type === "commandExecution");
        expect(commands.map((item) => item.status).sort()).toEqual(["completed", "declined"]);
        expect(texts(turn)).toEqual(["declined"]);
      },
      { modelName },
    );
  });

it("holds a reply at a gate until it is opened, and answers a message steered meanwhile after it", async () => {
  await withCodex(async ({ model, codex, thread }) => {
    const ended = codex.turnEnd(thread);
    await codex.send(thread, steps({ say: "before" }, { gate: "middle" }, { say: "after" }));
    await model.gate("middle").waitUntilReached({ timeoutMs: 10_000 });
    await codex.send(thread, "and this?");
    model.gate("middle").open();
    expect(texts(await ended)).toEqual(["before", "after", "answer to: and this?"]);
    expect(texts(await codex.turn(thread, "next"))).toEqual(["answer to: next"]);
  });
});

it("asks again about a command that outlives its call", async () => {
  await withCodex(async ({ codex, thread }) => {
    const turn = await codex.turn(thread, steps({ run: "sleep 0.6; echo late", timeoutMs: 250 }, { say: "end" }));
    expect(turn.items).toContainEqual(
      expect.objectContaining({ type: "commandExecution", aggregatedOutput: "late\n" }),
    );
    expect(texts(turn)).toEqual(["end"]);
  });
});

it("survives two HTTP 500 and a cut socket without repeating what arrived", async () => {
  await withCodex(async ({ codex, thread }) => {
    const turn = await codex.turn(
      thread,
      steps({ fault: { status: 500, times: 2 } }, { say: "said once" }, { drop: true }, { say: "after the cut" }),
    );
    expect(turn.status).toBe("completed");
    expect(texts(turn)).toEqual(["said once", "after the cut"]);
  });
});

it("fails the turn by HTTP 429 and by response.failed, and the next turn works", async () => {
  await withCodex(async ({ codex, thread }) => {
    const limited = await codex.turn(thread, steps({ fault: { status: 429 } }, { say: "never" }));
    expect(limited).toMatchObject({ status: "failed", items: [{ type: "userMessage" }] });
    const code = "context_length_exceeded";
    const failed = await codex.turn(thread, steps({ say: "half" }, { fail: { code } }));
    expect(failed).toMatchObject({
      status: "failed",
      error: { codexErrorInfo: "contextWindowExceeded" },
    });
    expect(texts(await codex.turn(thread, "well?"))).toEqual(["answer to: well?"]);
  });
});

it("ends a turn whose script says nothing more", async () => {
  await withCodex(async ({ codex, thread }) => {
    const turn = await codex.turn(thread, steps({ run: "true" }));
    expect(turn).toMatchObject({ status: "completed" });
    expect(kinds(turn)).toEqual(["commandExecution"]);
  });
});

it("answers the message of the new turn after codex and the model were killed in the middle of one", async () => {
  const first = await startScriptedModel();
  await using home = await createCodexHome(first);
  const killed = await Codex.start(home);
  const thread = await killed.startThread();
  await killed.turn(thread, "one");
  await killed.send(thread, steps({ run: "echo two" }, { say: "half" }, { gate: "never" }));
  await first.gate("never").waitUntilReached({ timeoutMs: 10_000 });
  await killed.kill();
  await first.close();

  const script = [[], [], [{ say: "the third turn" }]];
  const second = await startScriptedModel({
    port: first.port,
    script: [{ match: { threadId: thread }, script }],
  });
  try {
    await using codex = await Codex.start(home);
    await codex.resumeThread(thread);
    expect(texts(await codex.turn(thread, "go on"))).toEqual(["the third turn"]);
    expect(texts(await codex.turn(thread, "again"))).toEqual(["answer to: again"]);
  } finally {
    await second.close();
  }
});

it("goes on in the middle of a turn after the model alone was killed and restarted", async () => {
  const first = await startScriptedModel();
  await using home = await createCodexHome(first);
  await using codex = await Codex.start(home);
  const thread = await codex.startThread();
  const ended = codex.turnEnd(thread);
  await codex.send(thread, steps({ run: "echo once" }, { gate: "door" }, { say: "the end" }));
  await first.gate("door").waitUntilReached({ timeoutMs: 10_000 });
  await first.close();
  const second = await startScriptedModel({ port: first.port });
  try {
    second.gate("door").open();
    const turn = await ended;
    expect(kinds(turn)).toEqual(["commandExecution", "agentMessage"]);
    expect(texts(turn)).toEqual(["the end"]);
  } finally {
    await second.close();
  }
});

it("chooses scripts by thread and first text, whatever the order of calls", async () => {
  await withCodex(async ({ model, codex, thread }) => {
    const other = await codex.startThread();
    model.addScript({ threadId: thread }, [[{ say: "mine 0" }], [{ say: "mine 1" }]]);
    model.addScript({ firstText: /^other/ }, ({ turnIndex, userTexts }) => [
      { say: `theirs ${turnIndex} ${userTexts.join()}` },
    ]);
    const turns = await Promise.all([codex.turn(other, "other"), codex.turn(thread, "x")]);
    expect(turns.map(texts)).toEqual([["theirs 0 other"], ["mine 0"]]);
    expect(texts(await codex.turn(thread, "y"))).toEqual(["mine 1"]);
    expect(texts(await codex.turn(other, "z"))).toEqual(["theirs 1 z"]);
    expect(model.requests.map((request) => request.threadId).sort()).toEqual([thread, thread, other, other].sort());
  });
});

it("answers title threads and compaction without touching a script", async () => {
  await withCodex(
    async ({ codex, thread }) => {
      const title = await codex.startThread({ ephemeral: true, threadSource: "thread_title" });
      expect(texts(await codex.turn(title, "a title for: x"))).toEqual(["Scripted thread"]);
      expect(texts(await codex.turn(thread, "x"))).toEqual(["first"]);
      const compacted = codex.turnEnd(thread);
      await codex.call("thread/compact/start", { threadId: thread });
      expect(kinds(await compacted)).toEqual(["contextCompaction"]);
      expect(texts(await codex.turn(thread, "y"))).toEqual(["second"]);
    },
    { script: [[{ say: "first" }], [{ say: "second" }]] },
  );
});

for (const decision of ["accept", "decline"])
  it(`plays the demo with its approval answered by ${decision}`, async () => {
    await withCodex(
      async ({ codex, workspace, thread }) => {
        const first = await codex.turn(thread, "show me around");
        expect(kinds(first)).toEqual(["reasoning", "agentMessage", "commandExecution", "fileChange", "agentMessage"]);
        expect(texts(first)[1]).toContain("**scripted model**: no account, no network");
        expect(first.approvals).toEqual([]);
        await access(join(workspace, "hello-optio.md"));

        codex.decision = decision;
        const second = await codex.turn(thread, "now ask me something");
        expect(second.approvals).toEqual(["item/commandExecution/requestApproval"]);
        expect(texts(second)[1]).toContain(decision === "accept" ? "You **accepted**" : "You **declined**");
        expect(kinds(await codex.turn(thread, "patch"))).toEqual(["fileChange", "fileChange", "agentMessage"]);
        expect(texts(await codex.turn(thread, "who are you?"))[0]).toContain("> who are you?");
        expect(await codex.turn(thread, "fail")).toMatchObject({ status: "failed" });
        expect(kinds(await codex.turn(thread, "think"))).toEqual(["reasoning", "reasoning", "agentMessage"]);
      },
      { script: demoScript },
    );
  });
