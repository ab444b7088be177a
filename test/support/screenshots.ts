// Takes pictures of every page in both widths and schemes, to be looked at: node test/support/screenshots.ts [DIRECTORY]
import { mkdirSync } from "node:fs";
import { unwrap } from "@optio/contract";
import type { Page } from "playwright-core";
import { Dashboard, SCHEMES, WIDTHS } from "./browser.ts";
import type { World } from "./world.ts";
import { scripted } from "./world.ts";

const directory = process.argv[2] ?? "/var/tmp/shots";
mkdirSync(directory, { recursive: true });
const LONG_TURN = scripted(
  { reason: "**Where to look**\n\nThe log first, then the plan of the query." },
  { run: "printf 'one\\ntwo\\n'; exit 3" },
  { run: "ls -la; echo done" },
  { patch: { path: "query.sql", add: "select id, name\nfrom people\nwhere name like 'a%'\norder by name;\n" } },
  { patch: { path: "query.sql", from: "where name like 'a%'", to: "where name >= 'a' and name < 'b'" } },
  {
    say: "The index cannot serve `like`, so I use a range. Now I measure both, which takes a while.",
    chunkChars: 60,
    delayMs: 600_000,
  },
);

await using dashboard = await Dashboard.open(["--demo"]);
const { world } = dashboard;
await world.follow("demo").until({ type: "decision.requested" });
const sessions = await makeSessions(world);

const SHOTS: Readonly<
  Record<string, { path: string; token?: null; ready: string | readonly string[]; act?: (page: Page) => Promise<void> }>
> = {
  login: { path: "/login", token: null, ready: "#token" },
  home: { path: "/", ready: "[data-testid=decision-card]" },
  session: { path: "/s/demo", ready: ["[data-testid=decision-card]", "[data-testid=agent-message] table"] },
  "session-top": { path: "/s/demo", ready: "[data-testid=decision-card]", act: scrollToTop },
  "session-open-command": { path: "/s/demo", ready: "[data-testid=tool-call]", act: openCommand },
  busy: { path: `/s/${sessions.busy}`, ready: ["[data-testid=queue-chip]", "[aria-label=Diff]"] },
  ended: { path: `/s/${sessions.ended}`, ready: "[data-testid=ended-bar]" },
  failed: { path: `/s/${sessions.failed}`, ready: "[data-testid=ended-bar]" },
  needsLogin: { path: `/s/${sessions.login}`, ready: "[data-testid=login-card]" },
  new: { path: "/sessions/new", ready: "#new-prompt", act: openAdvanced },
  missing: { path: "/s/nothing-there", ready: "h1" },
};

for (const [name, { path, token, ready, act }] of Object.entries(SHOTS)) {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const page = await dashboard.page({ path, width, scheme, ...(token === null ? { token } : {}) });
      for (const selector of [ready].flat()) await page.locator(selector).first().waitFor();
      await act?.(page);
      await page.evaluate("document.fonts.ready");
      await page.screenshot({ path: `${directory}/${name}-${width}-${scheme}.png` });
      await page.context().close();
    }
  }
}

async function makeSessions(world: World) {
  const ended = await world.createSession({ name: "Tidy the changelog", prompt: "What is there to tidy?" });
  await world.follow(ended.id).untilTurns(1);
  await world.close(ended.id);
  const failed = await world.createSession({ name: "Wrong binary", codex: { path: "/usr/bin/false" } });
  await world.follow(failed.id).until({ type: "session.ended" });
  const busy = await world.createSession({ name: "Find the slow query", approvals: "never" });
  const log = world.follow(busy.id);
  await log.until({ type: "session.live" });
  await world.send(busy.id, LONG_TURN);
  await log.until({ type: "item.started", where: ({ item }) => item.kind === "agentMessage" });
  await world.send(busy.id, "And then write down what you found.");
  await world.send(busy.id, "Run the tests once more.");
  const body = { agent: "codex" as const, name: "Without a login", prompt: "Say hello." };
  const login = await unwrap(world.client.POST("/sessions", { body }));
  await world.follow(login.id).until({ type: "login.required" });
  return { ended: ended.id, failed: failed.id, busy: busy.id, login: login.id };
}

async function openCommand(page: Page): Promise<void> {
  await page.locator("[data-testid=tool-call] button").last().click();
}

async function openAdvanced(page: Page): Promise<void> {
  await page.locator("summary").click();
}

async function scrollToTop(page: Page): Promise<void> {
  await page.getByRole("log").evaluate((log) => log.scrollTo(0, 0));
  await page.locator("[aria-label=Diff]").waitFor();
}
