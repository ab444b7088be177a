import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, Dashboard, focused } from "../support/browser.ts";
import type { LogFollower } from "../support/log-follower.ts";

let dashboard: Dashboard;
let log: LogFollower;
beforeAll(async () => {
  dashboard = await Dashboard.open(["--demo"]);
  log = dashboard.world.follow("demo");
  await log.until({ type: "decision.requested" });
});
afterAll(() => dashboard[Symbol.asyncDispose]());

test("what needs a person stands first on the home page, to be answered there", async () => {
  const page = await dashboard.page();
  const groups = page.locator("main section[aria-label] h2");
  await page.getByTestId("decision-card").waitFor();
  expect(await groups.allTextContents()).toEqual([expect.stringContaining("demo"), "Needs you 1"]);
  await page.getByText("uname -sr && uptime").first().waitFor();
  await page.getByTestId("decision-card").getByRole("link").click();
  await page.getByRole("heading", { name: "Demo session (scripted model)" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/s/demo");
});

test("the transcript shows the completed turn: the folded command, the change, the answer", async () => {
  const page = await dashboard.sessionPage("demo");
  const first = page.getByTestId("tool-call").filter({ hasText: "pwd && ls -la && date" });
  await first.waitFor();
  expect(await first.getAttribute("data-status")).toBe("completed");
  expect(await first.textContent()).toMatch(/^Ran.*\d+(\.\d+)? m?s.*ok$/);
  expect(await first.locator("pre").count()).toBe(0);
  await first.getByRole("button").click();
  await first.getByText("/run-1/workspace").first().waitFor();
  const change = page.getByTestId("file-change");
  await change.getByText("Hello from a scripted session").waitFor();
  expect(await change.locator("summary").textContent()).toMatch(/Created.*hello-optio\.md\+3 −0/);
  await page.getByTestId("agent-message").getByRole("heading", { name: "Welcome" }).waitFor();
  expect(await page.getByTestId("agent-message").getByRole("row").count()).toBe(7);
  await page.getByTestId("turn-divider").getByText("Turn completed").waitFor();
});

test("a viewer sees all of it and can do nothing", async () => {
  const token = await dashboard.world.createToken("viewer");
  const page = await dashboard.sessionPage("demo", { token });
  await page.getByText("You are looking on").waitFor();
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  expect(await page.locator("#composer").count()).toBe(0);
  expect(await page.getByRole("button", { name: "Session actions" }).count()).toBe(0);
  const card = page.getByTestId("decision-card");
  expect(await card.getByRole("button", { disabled: false }).count()).toBe(0);
  await page.keyboard.press("y");
  await page.goto("/");
  await card.waitFor();
  expect(await page.getByRole("link", { name: "New session" }).count()).toBe(0);
  expect((await dashboard.world.view("demo")).decisions).toHaveLength(1);
});

test("the keyboard alone leads to an approval, and the focus is seen on every step", async () => {
  const page = await dashboard.page();
  await page.getByTestId("decision-card").waitFor();
  const path = await tabUntil(page, "decision-card");
  expect(path.map(({ name }) => name)).toEqual([
    "Optio",
    "Sessions",
    "Schedules",
    "Blocks",
    "Keyboard help",
    "Theme: system",
    "Log out",
    "New session",
    "Start a session",
    "decision-card",
  ]);
  expect(path.filter(({ isVisible }) => !isVisible)).toEqual([]);
  await page.keyboard.press("y");
  const { decision } = await log.until({ type: "decision.resolved" });
  expect(decision).toMatchObject({ state: "resolved", resolution: { decision: "accept" } });
  await page.getByTestId("decision-card").waitFor({ state: "detached" });
  await page.goto("/s/demo");
  await page.getByTestId("decision-row").getByText("Accepted by").waitFor();
  await answerOf(page, "the command ran outside the sandbox").waitFor();
});

test("Y on the session's page accepts, and the agent's answer appears", async () => {
  const page = await dashboard.sessionPage("demo");
  await log.untilTurns(2);
  const before = log.lastSeq;
  await page.getByLabel("Message to the agent").fill("approve it once more");
  await page.keyboard.press("Enter");
  await page.getByTestId("decision-card").waitFor();
  // in the composer a Y is a letter
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("y");
  await log.until({ type: "decision.resolved" }, before);
  await page.getByTestId("decision-card").waitFor({ state: "detached" });
  await page.getByTestId("decision-row").nth(1).waitFor();
  await answerOf(page, "the command ran outside the sandbox").nth(1).waitFor();
});

async function tabUntil(page: Page, name: string): Promise<Awaited<ReturnType<typeof focused>>[]> {
  const path: Awaited<ReturnType<typeof focused>>[] = [];
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const seen = await focused(page);
    path.push(seen);
    if (seen.name === name) return path;
  }
  throw new Error(`Tab never came to ${name}: ${JSON.stringify(path)}`);
}
