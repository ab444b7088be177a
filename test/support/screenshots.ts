// Takes pictures of every page in both widths and schemes, to be looked at: node test/support/screenshots.ts [DIRECTORY [NAME,…]]
import { mkdirSync } from "node:fs";
import { unwrap } from "@optio/contract";
import type { Page } from "playwright-core";
import { Dashboard, SCHEMES, WIDTHS } from "./browser.ts";
import { dashboardTasks, Gates } from "./dashboard-tasks.ts";
import { TaskDashboard } from "./task-dashboard.ts";
import type { World } from "./world.ts";
import { scripted } from "./world.ts";

const [, , directory = "/var/tmp/shots", names] = process.argv;
const wanted = names?.split(",");
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

interface Shot {
  readonly path: string;
  readonly token?: null;
  readonly ready: string | readonly string[];
  readonly act?: (page: Page) => Promise<void>;
}

const SESSION_SHOTS = (sessions: Awaited<ReturnType<typeof makeSessions>>): Readonly<Record<string, Shot>> => ({
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
});

const TASK_SHOTS: Readonly<Record<string, Shot>> = {
  "home-tasks": { path: "/", ready: "[data-testid=task-row]" },
  process: { path: "/processes/report", ready: ["[data-testid=tree-line]", "[data-testid=log-line]"] },
  "process-log": { path: "/processes/chatty", ready: "[data-testid=log-line]", act: searchLog },
  "process-failed": { path: "/processes/broken", ready: ["[data-testid=process-error]", "[data-testid=log-line]"] },
  "process-warning": { path: "/processes/migrate", ready: "[data-testid=process-actions]", act: askToLaunch },
  "process-missing": { path: "/processes/nothing-there", ready: "[data-testid=process-missing]" },
  schedules: { path: "/schedules", ready: "[data-testid=schedule-row]" },
  blocks: { path: "/blocks", ready: "[data-testid=block-row]", act: previewGroup },
};

if (isWanted(SESSION_SHOTS({ ended: "", failed: "", busy: "", login: "" }))) {
  await using dashboard = await Dashboard.open(["--demo"]);
  const { world } = dashboard;
  await world.follow("demo").until({ type: "decision.requested" });
  await shoot(dashboard, SESSION_SHOTS(await makeSessions(world)));
}
if (isWanted(TASK_SHOTS)) {
  const gates = new Gates();
  await using dashboard = await TaskDashboard.open(dashboardTasks(gates));
  await runTasks(dashboard, gates);
  await shoot(dashboard, TASK_SHOTS);
}

function isWanted(shots: Readonly<Record<string, Shot>>): boolean {
  return !wanted || Object.keys(shots).some((name) => wanted.includes(name));
}

async function shoot(dashboard: Pick<Dashboard, "page">, shots: Readonly<Record<string, Shot>>): Promise<void> {
  for (const [name, { path, token, ready, act }] of Object.entries(shots)) {
    if (wanted && !wanted.includes(name)) continue;
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
}

/** A parent with children in every state, a long log, a failure, a block. */
async function runTasks({ client, engine, launch }: TaskDashboard, gates: Gates): Promise<void> {
  for (const gate of ["fetch-starts", "fetch-ends", "chatty-is-watched"]) gates.open(gate);
  for (const id of ["report", "chatty", "broken", "nightly"]) await launch(id);
  await engine.processes.waitForEnd("broken");
  await gates.wait("chatty-has-written", new AbortController().signal);
  const body = { filter: { "metadata.team": "platform" }, reason: "The database is being moved until Friday" };
  await unwrap(client.POST("/blocks", { body }));
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

async function searchLog(page: Page): Promise<void> {
  await page.getByLabel("Search in the log").fill("page 50");
  await page.locator("mark").first().waitFor();
}

async function askToLaunch(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await page.getByTestId("launch-warning").waitFor();
}

async function previewGroup(page: Page): Promise<void> {
  await page.getByRole("form", { name: "Choose a group" }).getByLabel("Which processes").fill("team=core");
  await page.getByRole("button", { name: "Show which" }).click();
  await page.getByTestId("group-preview").waitFor();
}
