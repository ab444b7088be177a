import { unwrap } from "@optio/contract";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { excessWidth, unnamedControls, WIDTHS } from "../support/browser.ts";
import { CHATTY_LINES, dashboardTasks, Gates } from "../support/dashboard-tasks.ts";
import { TaskDashboard } from "../support/task-dashboard.ts";

const gates = new Gates();
let dashboard: TaskDashboard;
beforeAll(async () => {
  dashboard = await TaskDashboard.open(dashboardTasks(gates));
});
afterAll(() => dashboard[Symbol.asyncDispose]());

/** The process page shows this state. */
const state = (page: Page, name: string) => page.locator(`header [data-testid=state][data-state=${name}]`).waitFor();
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const logLine = (page: Page, text: string) => page.getByTestId("log-line").filter({ hasText: text });

test("a task is launched from its page, and its progress and its children are watched live", async () => {
  const page = await dashboard.processPage("report");
  await button(page, "Launch").click();
  await state(page, "running");
  await page.getByTestId("progress").getByText("Fetching the sales").waitFor();
  const fetching = page.getByRole("treeitem").filter({ hasText: "Fetch the archive" });
  await fetching.getByText("Asking the gateway").waitFor();
  expect(await fetching.getByRole("progressbar").getAttribute("aria-valuenow")).toBeNull();
  gates.open("fetch-starts");
  await page.locator("[role=treeitem][aria-level='2']").filter({ hasText: "Region north" }).getByText("Done").waitFor();
  await fetching.getByText("Page 6 of 10").waitFor();
  expect(await fetching.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("60");
  gates.open("fetch-ends");
  const checks = page.getByRole("treeitem").filter({ hasText: "Checks" });
  await checks.getByText("2 of 14 sums differ").waitFor();
  await checks.getByText("Failed").waitFor();
  await page.getByTestId("progress").getByText("Writing the page").waitFor();
  expect(await page.getByRole("region", { name: "Data" }).textContent()).toContain('"rows": 18230');
  await walkTheTree(page);
  const home = await dashboard.page();
  const row = home.locator("[data-session=report]");
  await row.getByText("1 failed").waitFor();
  expect(await home.getByTestId("task-row").filter({ hasText: "Fetch the archive" }).count()).toBe(0);
  gates.open("report-ends");
  await state(page, "done");
  await row.getByText("Done").waitFor();
  await home.context().close();
  await page.context().close();
});

/** By the keys of a tree: down, in, out, fold, open a child's page and come back. */
async function walkTheTree(page: Page): Promise<void> {
  const lines = page.getByRole("treeitem");
  await lines.first().focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator("[role=treeitem][aria-level='2']").waitFor({ state: "detached" });
  expect(await lines.first().getAttribute("aria-expanded")).toBe("false");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.locator("[role=treeitem][aria-level='2']:focus").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/processes/report.fetch.north");
  await page.getByRole("heading", { level: 1, name: "Region north" }).waitFor();
  expect(await page.getByTestId("process-actions").getByRole("button").count()).toBe(0);
  await page.getByRole("link", { name: "Fetch the archive" }).click();
  await page.waitForURL("**/processes/report.fetch");
  await page.getByRole("link", { name: "Sales report" }).click();
  await page.waitForURL("**/processes/report");
}

describe("a log of thousands of lines", () => {
  let page: Page;
  beforeAll(async () => {
    await dashboard.launch("chatty");
    page = await dashboard.processPage("chatty");
    await page.getByTestId("log-line").first().waitFor();
    gates.open("chatty-is-watched");
    await gates.wait("chatty-has-written", new AbortController().signal);
    await logLine(page, `Imported page ${CHATTY_LINES}`).waitFor({ timeout: 60_000 });
  }, 180_000);
  afterAll(() => page.context().close());

  test("is followed while it is written, until the reader scrolls up, and again on demand", async () => {
    expect(await page.getByTestId("log-panel").getAttribute("data-following")).toBe("true");
    await page.getByRole("log").hover();
    await page.mouse.wheel(0, -600);
    await page.locator("[data-testid=log-panel][data-following=false]").waitFor();
    gates.open("chatty-goes-on");
    await page.getByRole("button", { name: "1 new line" }).click();
    await logLine(page, "One more page came in").waitFor();
    await page.locator("[data-testid=log-panel][data-following=true]").waitFor();
    gates.open("chatty-says-more");
    await logLine(page, "The last page was short").waitFor();
  });

  test("can be read from its first line, without rendering all of it", async () => {
    await button(page, "To the first line").click();
    await page.locator("[data-testid=log-line][data-seq='1']").waitFor();
    expect(await page.getByTestId("log-line").count()).toBeLessThan(300);
    await button(page, "Follow").click();
    await logLine(page, "The last page was short").waitFor();
  });

  test("is narrowed by level and by text, and a line shows its data", async () => {
    await page.getByLabel("Level").selectOption("error");
    await logLine(page, "Imported page 1000").first().waitFor();
    await logLine(page, "The last page was short").waitFor({ state: "detached" });
    const levels = await page.getByTestId("log-line").evaluateAll((found) => found.map((one) => one.dataset.level));
    expect(new Set(levels)).toEqual(new Set(["error"]));
    await logLine(page, "Imported page 3000").getByRole("button", { name: "Show data" }).click();
    await page.getByText('"retries": 3').waitFor();
    await page.getByLabel("Level").selectOption("");
    await page.keyboard.press("Escape");
    await page.getByLabel("Search in the log").fill("page 4321");
    await page.locator("[data-testid=log-line] mark").waitFor();
    expect(await page.getByTestId("log-line").count()).toBe(1);
    await page.getByLabel("Search in the log").fill("nothing says this");
    await page.getByText("No line matches.").waitFor();
    await page.getByLabel("Search in the log").fill("");
    await logLine(page, "The last page was short").waitFor();
  });
});

test("a task with a warning is launched, and resumed, only after its warning was confirmed, and once", async () => {
  const page = await dashboard.processPage("migrate");
  await button(page, "Launch").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This stops all writes for about ten minutes.").waitFor();
  await dialog.getByRole("button", { name: "Not now" }).click();
  expect((await dashboard.engine.processes.get("migrate")).run).toBe(0);
  await button(page, "Launch").click();
  await dialog.getByRole("button", { name: "Launch" }).click();
  await logLine(page, "Starts from the beginning").waitFor();
  await button(page, "Cancel").click();
  await dialog.getByRole("button", { name: "Cancel the run" }).click();
  await state(page, "cancelled");
  await button(page, "Resume").click();
  await dialog.getByText("This stops all writes for about ten minutes.").waitFor();
  await dialog.getByRole("button", { name: "Resume" }).click();
  await logLine(page, "Goes on where it stopped").waitFor();
  expect((await dashboard.engine.processes.get("migrate")).run).toBe(2);
  gates.open("migrate-2");
  await state(page, "done");
  await page.getByLabel("Run", { exact: true }).selectOption("1");
  await logLine(page, "Goes on where it stopped").waitFor({ state: "detached" });
  await button(page, "Dismiss").click();
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await state(page, "idle");
  await page.context().close();
});

test("a failure shows its message, its code and what to do, and stands under what needs a person", async () => {
  await dashboard.launch("broken");
  const page = await dashboard.processPage("broken");
  await state(page, "failed");
  const shown = page.getByTestId("process-error");
  await shown.getByText("the mail server refused the sender").waitFor();
  expect(await shown.textContent()).toContain("task-failed · Read the message; launch again.");
  await page.getByRole("link", { name: "All sessions and tasks" }).click();
  const needsYou = page.getByRole("region", { name: "Needs you" });
  await needsYou.getByRole("link", { name: /Failed Send the invoices the mail server refused/ }).waitFor();
  await page.context().close();
});

test("the list finds words of descriptions and metadata, tells a row's description, and hides what is special", async () => {
  const page = await dashboard.page();
  const rows = page.getByTestId("task-row");
  await rows.filter({ hasText: "Copy the backups" }).waitFor();
  expect(await rows.filter({ hasText: "Internal probe" }).count()).toBe(0);
  await page.getByRole("switch").check();
  await rows.filter({ hasText: "Internal probe" }).waitFor();
  await page.keyboard.press("/");
  await page.getByRole("searchbox").fill("nobody fetched");
  await rows.filter({ hasText: "Copy the backups" }).waitFor({ state: "detached" });
  expect(await rows.allTextContents()).toHaveLength(1);
  expect(await rows.first().getAttribute("title")).toBe("Removes uploads that nobody fetched for a month.");
  await page.waitForURL("**/?q=nobody*");
  await page.getByRole("searchbox").fill("team=platform");
  await rows.filter({ hasText: "Move the database" }).waitFor();
  expect(await rows.count()).toBe(2);
  await page.context().close();
});

test("a group is previewed, cancelled and blocked; a launch is refused with the reason until the block is lifted", async () => {
  const page = await dashboard.page({ path: "/blocks" });
  const dialog = page.getByRole("dialog");
  const group = page.getByRole("form", { name: "Choose a group" });
  await group.getByLabel("Which processes").fill("team=core");
  await button(page, "Show which").click();
  await page.getByTestId("group-preview").getByText("1 active process").waitFor();
  await page.getByTestId("group-preview").getByRole("link", { name: "Import the archive" }).waitFor();
  await button(page, "Cancel and block…").click();
  await dialog.getByRole("button", { name: "Cancel and block" }).click();
  await page.getByTestId("group-outcome").getByText("1 process asked to end, new launches are blocked.").waitFor();
  await dashboard.engine.processes.waitForEnd("chatty");
  await page.getByTestId("block-row").getByText("team=core").waitFor();
  const refused = await dashboard.processPage("chatty");
  await button(refused, "Launch again").click();
  await refused.getByRole("alert").getByText("Lift the block.").waitFor();
  await page.getByRole("button", { name: "Lift the block of team=core" }).click();
  await dialog.getByRole("button", { name: "Lift the block" }).click();
  await page.getByTestId("no-blocks").waitFor();
  await button(refused, "Launch again").click();
  await state(refused, "running");
  await dashboard.engine.processes.cancel("chatty", { waitMs: 10_000 });
  await refused.context().close();
  await page.context().close();
});

test("a block is added by hand, and what is no filter is told while it is typed", async () => {
  const page = await dashboard.page({ path: "/blocks" });
  const form = page.getByRole("form", { name: "Add a block" });
  await form.getByLabel("Which processes").fill("nonsense");
  await form.getByText("“nonsense” is no pair: write key=value.").waitFor();
  expect(await button(page, "Block launches").isDisabled()).toBe(true);
  await form.getByLabel("Which processes").fill('{"id": "copy"}');
  await form.getByLabel("Reason").fill("the disk is full");
  await button(page, "Block launches").click();
  await page.getByTestId("block-row").getByText("the disk is full").waitFor();
  const answer = await dashboard.client.POST("/processes/{id}/launch", { params: { path: { id: "copy" } }, body: {} });
  expect(answer.error?.code).toBe("launch-blocked");
  await page.getByRole("button", { name: /^Lift the block of/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Lift the block" }).click();
  await page.getByTestId("no-blocks").waitFor();
  await button(page, "Read definitions again").click();
  await page.getByTestId("resync-outcome").getByText("7 tasks defined, 0 added, 0 removed.").waitFor();
  await page.context().close();
});

test("schedules show their next start in both zones, and are launched at once", async () => {
  const page = await dashboard.page({ path: "/schedules" });
  const row = page.getByTestId("schedule-row").filter({ hasText: "Tidy old uploads" });
  await row.getByText("15 3 * * 0").waitFor();
  expect(await row.textContent()).toMatch(
    /America\/New_York · missed starts: one afterwardsin \d.*Sun, .*03:15:00 AM E[SD]T/,
  );
  await row.getByText("No run yet").waitFor();
  await button(page, "Launch Tidy old uploads now").click();
  await row.locator("[data-state=done]").waitFor();
  await page.context().close();
});

test("a process that is removed while it is looked at says so and leads home", async () => {
  const { processes } = dashboard.engine;
  await processes.define({ id: "passing", name: "Passing through", execute: async () => undefined });
  const page = await dashboard.processPage("passing");
  await state(page, "idle");
  await processes.remove("passing");
  await page.getByRole("heading", { name: "This process is gone" }).waitFor();
  await page.getByRole("link", { name: "All sessions and tasks" }).click();
  await page.getByTestId("task-row").first().waitFor();
  await page.context().close();
});

test("a viewer is offered nothing that a viewer may not do", async () => {
  const token = await dashboard.createToken("viewer");
  await unwrap(dashboard.client.POST("/blocks", { body: { filter: { id: "probe" }, reason: "for the viewer" } }));
  const page = await dashboard.page({ token, path: "/blocks" });
  await page.getByTestId("block-row").getByText("for the viewer").waitFor();
  await page.getByText("a viewer's token sees the blocks and changes nothing").waitFor();
  expect(await page.locator("main button, main form").count()).toBe(0);
  await page.getByRole("link", { name: "Schedules" }).click();
  await page.getByTestId("schedule-row").first().waitFor();
  expect(await page.locator("main button").count()).toBe(0);
  await page.goto("/processes/broken");
  await state(page, "failed");
  expect(await page.getByTestId("process-actions").count()).toBe(0);
  await page.context().close();
});

describe.each([
  ["process", "/processes/report", "[data-testid=tree-line]"],
  ["failed process", "/processes/broken", "[data-testid=process-error]"],
  ["schedules", "/schedules", "[data-testid=schedule-row]"],
  ["blocks", "/blocks", "[data-testid=block-row]"],
  ["no process", "/processes/nothing-there", "[data-testid=process-missing]"],
])("%s", (_, path, ready) => {
  test.each(WIDTHS)("fits %d px, names its controls and has its landmarks", async (width) => {
    const page = await dashboard.page({ path, width });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.locator(ready).first().waitFor();
    expect(await excessWidth(page)).toBe(0);
    expect(await unnamedControls(page)).toEqual([]);
    expect(await page.getByRole("main").count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    expect(await page.title()).not.toBe("");
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
