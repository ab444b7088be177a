import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient, ProcessSummary, Role } from "@optio/contract";
import { createApiClient, unwrap } from "@optio/contract";
import type { Engine, TaskDefinition } from "@optio/engine";
import { createEngine, openSecretKey, silentLogger } from "@optio/engine";
import { buildServer, ensureAdminToken } from "@optio/server";
import type { Browser, Page } from "playwright-core";
import { buildDashboard } from "../../scripts/setup/dashboard.js";
import type { PageOptions } from "./browser.ts";
import { launchBrowser, openPage } from "./browser.ts";

const checkout = join(import.meta.dirname, "..", "..");

/** An engine with the test's own tasks, in the test's own process so that the test decides how far they go, looked at in Chromium. */
export class TaskDashboard implements AsyncDisposable {
  readonly engine: Engine;
  readonly url: string;
  readonly token = "the-admin-of-the-test";
  readonly #browser: Browser;
  readonly #resources: AsyncDisposableStack;

  static async open(tasks: readonly TaskDefinition[]): Promise<TaskDashboard> {
    buildDashboard(checkout, process.execPath);
    await using resources = new AsyncDisposableStack();
    const home = await mkdtemp("/var/tmp/optio-tasks-");
    resources.defer(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));
    const engine = resources.adopt(await createEngine({ agents: [], tasks, home }), (open) => open.close());
    await ensureAdminToken({ store: engine.store, preset: "the-admin-of-the-test" });
    const server = resources.adopt(
      await buildServer({
        engine,
        logger: silentLogger,
        secretKey: await openSecretKey(`${home}/secret.key`),
        dashboardDir: join(checkout, "packages", "dashboard", "dist"),
      }),
      (open) => open.close(),
    );
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    const browser = resources.adopt(await launchBrowser(), (open) => open.close());
    return new TaskDashboard(engine, url, browser, resources.move());
  }

  private constructor(engine: Engine, url: string, browser: Browser, resources: AsyncDisposableStack) {
    this.engine = engine;
    this.url = url;
    this.#browser = browser;
    this.#resources = resources;
  }

  /** The typed client of the server, as the admin. */
  get client(): ApiClient {
    return createApiClient({ baseUrl: this.url, token: this.token });
  }

  /** A page of a browser profile of its own. */
  page(options: PageOptions = {}): Promise<Page> {
    return openPage(this.#browser, this, options);
  }

  /** The page of a process. */
  processPage(id: string, options: Omit<PageOptions, "path"> = {}): Promise<Page> {
    return this.page({ ...options, path: `/processes/${id}` });
  }

  /** Makes a token of a role. */
  async createToken(role: Role): Promise<string> {
    return (await unwrap(this.client.POST("/tokens", { body: { name: `a ${role}`, role } }))).token;
  }

  readonly launch = (id: string): Promise<ProcessSummary> =>
    unwrap(this.client.POST("/processes/{id}/launch", { params: { path: { id } }, body: {} }));

  /** Closes the browser, the server, the engine, and removes their files. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
