import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unwrap } from "@optio/contract";
import type { Page } from "playwright-core";
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
  const page = await fillForm({
    prompt: scripted({ run: "echo made here > made.txt" }, { say: "made it" }),
    name: "In a directory",
    directory,
  });
  await page.getByLabel("Reasoning effort").fill("Very High");
  await page.getByRole("button", { name: "Start session" }).click();
  const refusal = page.locator("#new-reasoningEffort-error");
  await refusal.waitFor();
  expect(await page.getByLabel("Reasoning effort").getAttribute("aria-invalid")).toBe("true");
  expect(await refusal.textContent()).toContain("lower-case word");
  expect((await unwrap(world.client.GET("/processes"))).items).toEqual([]);
  await page.getByLabel("Reasoning effort").fill("low");
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByRole("heading", { name: "In a directory" }).waitFor();
  await answerOf(page, "made it").waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/s\//);
  expect(await readFile(join(directory, "made.txt"), "utf8")).toBe("made here\n");
});

test("a directory that is not there fails the session in words that name it", async () => {
  const directory = join(dashboard.world.root, "not-there");
  const page = await fillForm({ prompt: "hello", name: "Nowhere", directory });
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByTestId("session-error").getByText(directory).waitFor();
  await page.getByTestId("ended-bar").getByText("Failed").waitFor();
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

async function fillForm(values: { prompt: string; name: string; directory: string }): Promise<Page> {
  const page = await dashboard.page({ path: "/sessions/new" });
  await page.getByLabel("Prompt").fill(values.prompt);
  await page.getByLabel("Name", { exact: true }).fill(values.name);
  await page.getByRole("radio", { name: /A directory of yours/ }).check();
  await page.getByLabel("Directory", { exact: true }).fill(values.directory);
  await page.getByText("Model, instructions, login").click();
  await page.getByLabel("Agent configuration (JSON)").fill(JSON.stringify(dashboard.world.model.codexConfig()));
  return page;
}
