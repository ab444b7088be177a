import { expect, test } from "vitest";
import { openEngineRoom } from "./engine.test-support.ts";
import { facts } from "./session/fake-agent.test-support.ts";

const accept = { decision: "accept" } as const;
const ann = { name: "ann" };

test("a decision is listed, read, answered once, and refused once its session ended", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const { decisions, sessions, processes } = room.engine;
  const connection = await room.agent.connection();
  connection.tell(facts.turnStarted("u"), facts.asked("r1", "u"), facts.asked("r2", "u"));
  await room.until("s", ({ session }) => session?.pendingDecisions === 2);
  const { items } = await decisions.list({ state: "pending", limit: 10 });
  const [first, second] = items;
  if (!first || !second) throw new Error("two decisions wait");
  expect(await decisions.get(first.id)).toEqual(first);
  const answered = await decisions.answer(first.id, accept, ann, "key-1");
  expect(answered).toMatchObject({ state: "resolved", resolvedBy: "ann" });
  expect(await decisions.answer(first.id, accept, ann, "key-1")).toEqual(answered);
  await expect(decisions.answer(first.id, accept, ann)).rejects.toMatchObject({ code: "decision-already-resolved" });
  await sessions.close("s");
  await processes.waitForEnd("s");
  // the first answer stays known to who gave it
  expect(await decisions.answer(first.id, accept, ann, "key-1")).toEqual(answered);
  await expect(decisions.answer(second.id, accept, ann)).rejects.toMatchObject({
    code: "decision-already-resolved",
    message: expect.stringContaining("withdrawn"),
  });
  await expect(decisions.answer("dec_none", accept, ann)).rejects.toMatchObject({ code: "not-found" });
  await expect(decisions.get("dec_none")).rejects.toMatchObject({ code: "not-found" });
});
