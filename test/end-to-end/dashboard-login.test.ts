import { afterAll, beforeAll, expect, test } from "vitest";
import { Dashboard } from "../support/browser.ts";

let dashboard: Dashboard;
beforeAll(async () => {
  dashboard = await Dashboard.open();
});
afterAll(() => dashboard[Symbol.asyncDispose]());

test("the one-time link signs in, once, and leaves no code in the address", async () => {
  const { loginUrl } = dashboard.world;
  const page = await dashboard.page({ token: null, path: loginUrl });
  await page.getByTestId("first-run").waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/");
  const second = await dashboard.page({ token: null, path: loginUrl });
  await second.getByRole("alert").waitFor();
  expect(await second.getByRole("alert").textContent()).toContain("This link was used already");
  // the first browser stays signed in
  await page.reload();
  await page.getByTestId("first-run").waitFor();
});

test("a wrong token is refused in words, the right one leads to the page that was asked for", async () => {
  const page = await dashboard.page({ token: null, path: "/sessions/new" });
  await page.waitForURL("**/login**");
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("The server does not know this token");
  await page.getByLabel("Token").fill(dashboard.world.token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "New session" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/sessions/new");
});

test("after logging out every page asks for a login", async () => {
  const page = await dashboard.page();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  await page.goto("/");
  await page.waitForURL("**/login**");
  await page.getByLabel("Token").waitFor();
});
