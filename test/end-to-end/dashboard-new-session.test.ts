import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, Dashboard } from "../support/browser.ts";
import { scripted } from "../support/world.ts";

let dashboard: Dashboard;
beforeAll(async () => {
  dashboard = await Dashboard.open();
});
afterAll(() => dashboard[Symbol.asyncDispose]());

test("the form starts a session in a directory with a provider of one's own; a refusal stands at its field", async () => {
  const { world } = dashboard;
  const directory = join(world.root, "project");
  await mkdir(directory);
  const page = await dashboard.page({ path: "/sessions/new" });
  await page.getByLabel("Prompt").fill(scripted({ run: "echo made here > made.txt" }, { say: "made it" }));
  await page.getByLabel("Name", { exact: true }).fill("In a directory");
  await page.getByRole("radio", { name: /A directory of yours/ }).check();
  await page.getByLabel("Directory", { exact: true }).fill(join(world.root, "not-there"));
  await page.getByText("Model, instructions, login").click();
  await page.getByLabel("Agent configuration (JSON)").fill(JSON.stringify(world.model.codexConfig()));
  await page.getByLabel("Reasoning effort").fill("Very High");
  await page.getByRole("button", { name: "Start session" }).click();

  await page.locator("#new-reasoningEffort-error").waitFor();
  expect(await page.getByLabel("Reasoning effort").getAttribute("aria-invalid")).toBe("true");
  expect(await page.locator("#new-reasoningEffort-error").textContent()).toContain("lower-case word");
  await page.getByLabel("Reasoning effort").fill("low");
  await page.getByRole("button", { name: "Start session" }).click();

  await page.locator("#new-directory-error").waitFor();
  expect(await page.getByLabel("Directory", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  expect(await page.locator("#new-directory-error").textContent()).toContain("not-there");
  expect((await world.client.GET("/processes")).data?.items).toEqual([]);
  await page.getByLabel("Directory", { exact: true }).fill(directory);
  await page.getByRole("button", { name: "Start session" }).click();

  await page.getByRole("heading", { name: "In a directory" }).waitFor();
  await answerOf(page, "made it").waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/s\//);
  expect(await readFile(join(directory, "made.txt"), "utf8")).toBe("made here\n");
});

test("what the form itself can see is said before anything is sent", async () => {
  const page = await dashboard.page({ path: "/sessions/new" });
  await page.getByText("Model, instructions, login").click();
  await page.getByLabel("Agent configuration (JSON)").fill("{ broken");
  await page.getByRole("button", { name: "Start session" }).click();
  await page.locator("#new-agentConfig-error").waitFor();
  await page.getByLabel("Agent configuration (JSON)").fill("");
  await page.getByRole("radio", { name: /A directory of yours/ }).check();
  await page.getByRole("button", { name: "Start session" }).click();
  await page.locator("#new-directory-error").waitFor();
});
