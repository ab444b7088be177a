import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, Dashboard } from "../support/browser.ts";
import type { LogFollower } from "../support/log-follower.ts";
import { messagesIn } from "../support/read-log.ts";
import { scripted } from "../support/world.ts";

/** Says its first word at once and the rest long after the test. */
const SLOW = scripted({ say: "first second third", chunkChars: 6, delayMs: 240_000 });

let dashboard: Dashboard;
beforeAll(async () => {
  dashboard = await Dashboard.open();
});
afterAll(() => dashboard[Symbol.asyncDispose]());

test("a sent message streams its answer; a reload in the middle shows the same; Esc interrupts", async () => {
  const { page, log } = await openSession();
  await send(page, SLOW);
  const answer = page.getByTestId("agent-message");
  await expectText(answer, "first");
  expect(await answer.getAttribute("data-status")).toBe("inProgress");
  expect(await page.title()).not.toBe("");
  await page.reload();
  await expectText(answer, "first");
  expect(await answer.getAttribute("data-status")).toBe("inProgress");
  expect(await page.getByTestId("user-message").count()).toBe(1);
  await page.getByLabel("Message to the agent").press("Escape");
  expect(await log.until({ type: "turn.completed" })).toMatchObject({ status: "interrupted" });
  await answer.getByText("Interrupted here").waitFor();
  await page.getByTestId("turn-divider").getByText("Turn interrupted").waitFor();
  expect(await page.getByRole("button", { name: "Send" }).count()).toBe(1);
});

test("Esc outside of the composer interrupts too", async () => {
  const { page, log } = await openSession();
  await send(page, SLOW);
  await expectText(page.getByTestId("agent-message"), "first");
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("Escape");
  expect(await log.until({ type: "turn.completed" })).toMatchObject({ status: "interrupted" });
});

test("while a turn runs Enter queues; a chip is edited and deleted; the rest is sent in order", async () => {
  const { page, log, id } = await openSession();
  await send(page, scripted({ gate: "busy" }, { say: "first" }));
  await page.getByRole("button", { name: "Queue" }).waitFor();
  for (const text of ["one", "two", "three"]) await send(page, text);
  const chips = page.getByTestId("queue-chip");
  await chips.nth(2).waitFor();
  await chips.filter({ hasText: "two" }).getByRole("button", { name: "Delete queued message" }).click();
  await chips.filter({ hasText: "two" }).waitFor({ state: "detached" });
  await chips.filter({ hasText: "three" }).getByRole("button", { name: "Edit queued message" }).click();
  await page.getByLabel("Text of the queued message").fill("three, but better");
  await page.keyboard.press("Enter");
  await chips.filter({ hasText: "three, but better" }).waitFor();
  expect((await dashboard.world.view(id)).queue.map(({ text }) => text)).toEqual(["one", "three, but better"]);
  dashboard.world.model.gate("busy").open();
  await log.untilTurns(3);
  await answerOf(page, "answer to: three, but better").waitFor();
  expect(await chips.count()).toBe(0);
  expect(messagesIn(await dashboard.world.log(id)).slice(1)).toEqual(["one", "three, but better"]);
  expect(await page.getByTestId("user-message").count()).toBe(3);
});

test("Ctrl+Enter steers the running turn", async () => {
  const { page, log, id } = await openSession();
  await send(page, scripted({ gate: "steered" }, { say: "first" }));
  await dashboard.world.model.gate("steered").waitUntilReached();
  await page.getByRole("button", { name: "Steer" }).waitFor();
  await page.getByLabel("Message to the agent").fill("look there");
  await page.keyboard.press("Control+Enter");
  await page.getByTestId("user-message").filter({ hasText: "look there", hasNotText: "Sending" }).waitFor();
  dashboard.world.model.gate("steered").open();
  await log.untilTurns(1);
  await answerOf(page, "answer to: look there").waitFor();
  const turns = log.envelopes.flatMap(({ event }) => (event.type === "turn.started" ? [event.turnId] : []));
  expect(turns).toHaveLength(1);
  expect(messagesIn(await dashboard.world.log(id))).toContain("look there");
  expect(await page.getByTestId("user-message").filter({ hasText: "look there" }).count()).toBe(1);
});

test("a failed command and a failed turn say so in words", async () => {
  const { page, log } = await openSession();
  await send(page, scripted({ run: "exit 3" }, { fail: { code: "invalid_prompt", message: "no such luck" } }));
  await log.untilTurns(1);
  await page.getByTestId("tool-call").getByText("exit 3").first().waitFor();
  await page.getByTestId("turn-divider").getByText("Turn failed").waitFor();
  await page.getByTestId("turn-divider").getByText("no such luck").waitFor();
});

test("a closed session keeps its transcript and is resumed from its page", async () => {
  const { page, log, id } = await openSession();
  await send(page, "remember this");
  await answerOf(page, "answer to: remember this").waitFor();
  await page.getByRole("button", { name: "Session actions" }).click();
  await page.getByRole("menuitem", { name: /Close session/ }).click();
  await page.getByTestId("ended-bar").waitFor();
  await page.reload();
  await answerOf(page, "answer to: remember this").waitFor();
  expect(await page.locator("#composer").count()).toBe(0);
  await page.getByRole("button", { name: "Resume" }).click();
  await log.until({ type: "session.resumed" });
  await send(page, "and this");
  await answerOf(page, "answer to: and this").waitFor();
  expect(await answerOf(page, "answer to: remember this").count()).toBe(1);
  expect((await dashboard.world.view(id)).run).toBe(2);
});

test("a session without a login shows its card; with a key its queue goes on", async () => {
  const { world } = dashboard;
  const { id } = await world.createSession({
    codexConfig: { model_provider: "openai", openai_base_url: world.model.url },
    prompt: "hello there",
  });
  await world.follow(id).until({ type: "login.required" });
  const page = await dashboard.sessionPage(id);
  await page.getByTestId("login-card").waitFor();
  await page.getByTestId("phase").getByText("Needs login").waitFor();
  await page.getByTestId("queue-chip").getByText("hello there").waitFor();
  await page.getByLabel("API key").fill("sk-test-only-0123456789");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByTestId("login-card").waitFor({ state: "detached" });
  await answerOf(page, "answer to: hello there").waitFor();
});

async function openSession(): Promise<{ id: string; page: Page; log: LogFollower }> {
  const { id } = await dashboard.world.createSession();
  const log = dashboard.world.follow(id);
  await log.until({ type: "session.live" });
  return { id, log, page: await dashboard.sessionPage(id) };
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message to the agent").fill(text);
  await page.getByLabel("Message to the agent").press("Enter");
}

/** Resolves when the element has exactly this text. */
async function expectText(element: Locator, text: string): Promise<void> {
  await element.getByText(text, { exact: true }).waitFor();
}
