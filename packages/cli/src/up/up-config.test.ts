import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "@optio/engine";
import { expect, test } from "vitest";
import { TestHome } from "./up.test-support.ts";

const TOKEN = "a-preset-token-of-this-test";

async function call(url: string, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const answer = await fetch(
    `${url}/api${path}`,
    body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers },
  );
  return answer.json();
}

const configOf = (...ids: string[]) => `
  import { defineConfig, defineTask } from "@optio/engine";
  const until = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  export default defineConfig({
    services: () => ({ greeting: "hello" }),
    store: { sqlite: "data/records.db" },
    tasks: ({ greeting }) => ${JSON.stringify(ids)}.map((id) =>
      defineTask({ id, name: greeting + " " + id, execute: ({ signal }) => until(signal) })),
  });`;

const TIMEOUT_MS = 120_000;

test(
  "optio up follows its configuration file, reads it again at a resync, and ends its tasks when it stops",
  async () => {
    await using home = await TestHome.create({ OPTIO_TOKEN: TOKEN });
    const file = join(home.path, "optio.config.ts");
    await writeFile(file, configOf("one", "two"));
    const server = await home.up(["--config", file]);
    expect(await call(server.url, "/processes/one")).toMatchObject({ name: "hello one", state: "idle", adhoc: false });
    await writeFile(file, configOf("two", "three"));
    expect(await call(server.url, "/resync", {})).toEqual({ defined: 2, added: ["three"], removed: ["one"] });
    await writeFile(file, "export default {");
    expect(await call(server.url, "/resync", {})).toMatchObject({
      code: "config-refused",
      detail: expect.stringContaining(`${file}:1: `),
    });
    await call(server.url, "/processes/two/launch", {});
    expect(await server.stop()).toBe(0);
    await using store = new AsyncDisposableStack();
    const records = store.adopt(await openStore({ sqlite: join(home.path, "data", "records.db") }), (open) =>
      open.close(),
    );
    expect(await records.processes.find("two")).toMatchObject({ state: "cancelled", run: 1, owner: null });
  },
  TIMEOUT_MS,
);
