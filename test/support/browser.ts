import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { buildDashboard } from "../../scripts/setup/dashboard.js";
import { World } from "./world.ts";

const SECOND_MS = 1_000;
const checkout = join(import.meta.dirname, "..", "..");
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Widths of a desk and of a phone, in CSS pixels. */
export const WIDTHS = [1440, 390] as const;
export const SCHEMES = ["light", "dark"] as const;

export interface PageOptions {
  /** Whose eyes; default the admin's. Null: nobody is signed in. */
  readonly token?: string | null;
  readonly path?: string;
  readonly width?: (typeof WIDTHS)[number];
  readonly scheme?: (typeof SCHEMES)[number];
}

/** A world whose dashboard is looked at in Chromium. */
export class Dashboard implements AsyncDisposable {
  readonly world: World;
  readonly #browser: Browser;

  /** Starts the server with these flags of `optio up`, and the browser. */
  static async open(flags: readonly string[] = []): Promise<Dashboard> {
    buildDashboard(checkout, process.execPath);
    await using stack = new AsyncDisposableStack();
    const world = stack.use(await World.create());
    await world.start(flags);
    const browser = await launchBrowser();
    stack.move();
    return new Dashboard(world, browser);
  }

  private constructor(world: World, browser: Browser) {
    this.world = world;
    this.#browser = browser;
  }

  /** A page of a browser profile of its own. */
  page(options: PageOptions = {}): Promise<Page> {
    return openPage(this.#browser, this.world, options);
  }

  /** The page of a session. */
  sessionPage(id: string, options: Omit<PageOptions, "path"> = {}): Promise<Page> {
    return this.page({ ...options, path: `/s/${id}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.world[Symbol.asyncDispose]();
  }
}

/** Chromium without a window. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
}

/** A page of a server in a browser profile of its own, signed in with the server's token unless another is given. */
export async function openPage(
  browser: Browser,
  server: { readonly url: string; readonly token: string },
  { token = server.token, path = "/", width = 1440, scheme = "light" }: PageOptions,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width, height: width === 390 ? 844 : 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
    ...(width === 390 ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  });
  context.setDefaultTimeout(60 * SECOND_MS);
  if (token !== null) {
    const answer = await context.request.post("/api/login", { data: { token } });
    if (!answer.ok()) throw new Error(`the login was refused: ${answer.status()}`);
  }
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

/** The agent's messages with this text; a screen reader's copy of the newest is none. */
export function answerOf(page: Page, text: string): Locator {
  return page.getByTestId("agent-message").filter({ hasText: text });
}

/** Controls of the page that no name says anything about, as the browser's accessibility tree has them. */
export async function unnamedControls(page: Page): Promise<string[]> {
  const tree = await page.locator("body").ariaSnapshot();
  return tree.split("\n").filter((line) => UNNAMED.test(line));
}

const UNNAMED = /^\s*- (button|link|textbox|combobox|checkbox|radio|menuitem|dialog|img)( \[[^\]]*\])*:?$/;

/** How much wider the page is than its window, in pixels; 0 when nothing is to be scrolled sideways. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate<number>("Math.max(0, document.scrollingElement.scrollWidth - innerWidth)");
}

/** What has the focus, and whether that can be seen: by an outline, or by the border of the box around a field. */
export function focused(page: Page): Promise<{ name: string; isVisible: boolean }> {
  return page.evaluate(FOCUSED);
}

// the text of a program, because it runs in the browser, whose types the tests' own programs do not have
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: "", isVisible: false };
  const name = element.getAttribute("aria-label") ?? element.dataset.testid ?? element.textContent;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const isOutlined = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1;
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "var(--action)";
  const isBordered = getComputedStyle(element.parentElement).borderTopColor === getComputedStyle(probe).color;
  probe.remove();
  return { name: name.trim(), isVisible: isOutlined || isBordered };
})()`;
