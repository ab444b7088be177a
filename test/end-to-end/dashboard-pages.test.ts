import { unwrap } from "@optio/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageOptions } from "../support/browser.ts";
import { Dashboard, excessWidth, SCHEMES, unnamedControls, WIDTHS } from "../support/browser.ts";
import { scripted } from "../support/world.ts";

/** A word that no line can break at. */
const WIDE = "x".repeat(400);

let dashboard: Dashboard;
const ids = { asking: "asking", ended: "ended", failed: "failed", login: "login", busy: "busy" };
beforeAll(async () => {
  dashboard = await Dashboard.open();
  await fill();
});
afterAll(() => dashboard[Symbol.asyncDispose]());

/** Every page, and what shows that it is all there. */
const PAGES: Readonly<Record<string, Pick<PageOptions, "path" | "token"> & { readonly ready: string }>> = {
  login: { path: "/login", token: null, ready: "#token" },
  home: { path: "/", ready: "[data-testid=decision-card]" },
  "new session": { path: "/sessions/new", ready: "#new-prompt" },
  "session that asks": { path: `/s/${ids.asking}`, ready: "[data-testid=decision-card]" },
  "session with a queue": { path: `/s/${ids.busy}`, ready: "[data-testid=queue-chip]" },
  "ended session": { path: `/s/${ids.ended}`, ready: "[data-testid=agent-message] table" },
  "failed session": { path: `/s/${ids.failed}`, ready: "[data-testid=session-error]" },
  "session without login": { path: `/s/${ids.login}`, ready: "[data-testid=login-card]" },
  "no session": { path: "/s/nothing-there", ready: "h1" },
  "no page": { path: "/nothing/there", ready: "h1" },
};

describe.each(Object.entries(PAGES))("%s", (_name, { ready, ...options }) => {
  test.each(WIDTHS)("fits %d px, names its controls, has its landmarks and follows the scheme", async (width) => {
    const page = await dashboard.page({ ...options, width });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.locator(ready).first().waitFor();
    expect(await excessWidth(page)).toBe(0);
    expect(await unnamedControls(page)).toEqual([]);
    expect(await page.getByRole("main").count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    expect(await page.evaluate<string>("document.documentElement.lang")).toBe("en");
    expect(await page.title()).not.toBe("");
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      expect(await isDark(page)).toBe(colorScheme === "dark");
    }
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

test("the theme is stepped through by its button and stays after a reload", async () => {
  const page = await dashboard.page({ path: "/sessions/new", scheme: "light" });
  await page.getByRole("button", { name: "Theme: system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  expect(await isDark(page)).toBe(true);
  await page.reload();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  expect(await isDark(page)).toBe(true);
});

/** Sessions in every standing, with names and words that want more room than there is. */
async function fill(): Promise<void> {
  const { world } = dashboard;
  const name = (what: string) => `${what} ${WIDE}`.slice(0, 200);
  const table = `| a | b |\n|---|---|\n| ${WIDE} | \`${WIDE}\` |\n\n\`\`\`sh\necho ${WIDE}\n\`\`\`\n\n${WIDE}`;
  await world.createSession({
    id: ids.ended,
    name: name("Ended"),
    prompt: scripted({ run: `echo ${WIDE}` }, { patch: { path: "wide.txt", add: `${WIDE}\n` } }, { say: table }),
  });
  await world.follow(ids.ended).untilTurns(1);
  await world.close(ids.ended);
  await world.createSession({ id: ids.failed, name: name("Failed"), codex: { path: "/usr/bin/false" } });
  await world.follow(ids.failed).until({ type: "session.ended" });
  const ask = scripted({ run: `echo ${WIDE}`, escalate: WIDE }, { say: "decided" });
  await world.createSession({ id: ids.asking, name: name("Asking"), prompt: ask });
  await world.follow(ids.asking).until({ type: "decision.requested" });
  const login = { agent: "codex" as const, id: ids.login, name: name("Login"), prompt: WIDE };
  await unwrap(world.client.POST("/sessions", { body: login }));
  await world.follow(ids.login).until({ type: "login.required" });
  await world.createSession({ id: ids.busy, name: name("Busy"), prompt: scripted({ gate: "never" }) });
  await world.model.gate("never").waitUntilReached();
  await world.send(ids.busy, WIDE);
}

async function isDark(page: Awaited<ReturnType<Dashboard["page"]>>): Promise<boolean> {
  const luminance = "getComputedStyle(document.documentElement).backgroundColor";
  // painted onto a canvas, because a colour of CSS has many spellings
  return page.evaluate<boolean>(`(() => {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = ${luminance};
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return red + green + blue < 384;
  })()`);
}
