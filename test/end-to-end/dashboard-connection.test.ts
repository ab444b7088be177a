import { expect, test } from "vitest";
import { answerOf, Dashboard } from "../support/browser.ts";
import { scripted } from "../support/world.ts";

test("the page says that its server is gone, and shows all of it once when the server is back", async () => {
  await using dashboard = await Dashboard.open();
  const { world } = dashboard;
  const { id } = await world.createSession({ prompt: "hello" });
  const log = world.follow(id);
  await log.untilTurns(1);
  const page = await dashboard.sessionPage(id);
  const home = await dashboard.page();
  const connection = page.getByTestId("connection");
  await answerOf(page, "answer to: hello").waitFor();
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  await world.send(id, scripted({ gate: "held" }, { say: "came while you were away" }));
  await world.model.gate("held").waitUntilReached();
  await page.getByTestId("user-message").nth(1).waitFor();

  await world.end("SIGKILL");
  await page.locator("[data-testid=connection][data-state=offline]").waitFor();
  expect(await connection.textContent()).toMatch(/^Offline since \d/);
  await home.getByText(/^Offline since/).waitFor();
  expect(await answerOf(page, "answer to: hello").count()).toBe(1);
  world.model.gate("held").open();

  await world.start();
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  await answerOf(page, "came while you were away").waitFor();
  await home.getByText(/^Offline since/).waitFor({ state: "detached" });
  await log.untilTurns(2);
  await page.getByTestId("turn-divider").nth(1).waitFor();
  expect(await page.getByTestId("user-message").count()).toBe(2);
  expect(await page.getByTestId("agent-message").allTextContents()).toEqual([
    "answer to: hello",
    "came while you were away",
  ]);
});

test("a message written while the server is gone stays in the composer, and is sent once when it is back", async () => {
  await using dashboard = await Dashboard.open();
  const { world } = dashboard;
  const { id } = await world.createSession();
  const log = world.follow(id);
  await log.until({ type: "session.live" });
  const page = await dashboard.sessionPage(id);
  const composer = page.getByLabel("Message to the agent");
  await composer.waitFor();
  await world.end("SIGKILL");
  await page.locator("[data-testid=connection][data-state=offline]").waitFor();
  await composer.fill("kept");
  await composer.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await composer.inputValue()).toBe("kept");
  await world.start();
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  await composer.press("Enter");
  await answerOf(page, "answer to: kept").waitFor();
  expect(await page.getByTestId("user-message").count()).toBe(1);
});
