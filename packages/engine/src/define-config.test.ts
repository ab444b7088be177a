import { expect, test } from "vitest";
import type { OptioConfig } from "./define-config.ts";
import { defineConfig } from "./define-config.ts";
import { defineTask } from "./process/task.ts";

test("a configuration is handed on as it is", () => {
  const config: OptioConfig = {
    tasks: [defineTask({ id: "t", name: "T", execute: async () => undefined })],
    agents: [],
    store: { sqlite: "optio.db" },
    server: { host: "0.0.0.0", port: 0, allowedHosts: ["box"], baseUrl: "https://optio.example.org" },
    secrets: { keyPath: "key" },
    services: { name: "x" },
  };
  expect(defineConfig(config)).toBe(config);
  expect(defineConfig({ tasks: async () => [], services: async () => ({}) })).toBeDefined();
  expect(defineConfig({})).toEqual({});
});

test.each<[unknown, string, string]>([
  [{ task: [] }, "unknown key 'task'", "task"],
  [{ server: { prot: 1 } }, "unknown key 'server.prot'", "server.prot"],
  [{ server: { port: "4747" } }, "server.port: ", "server.port"],
  [{ server: { port: 70_000 } }, "server.port: ", "server.port"],
  [{ server: { baseUrl: "ftp://x" } }, "server.baseUrl: ", "server.baseUrl"],
  [{ store: { mysql: "x" } }, "unknown key 'store.mysql'", "store.mysql"],
  [{ store: { sqlite: "a", postgres: "b" } }, "store: takes either sqlite", "store"],
  [{ store: {} }, "store: takes either sqlite", "store"],
  [{ tasks: "all" }, "tasks: must be a list of tasks or a function", "tasks"],
  [{ agents: [{}] }, "agents.0: must be a kind of agent", "agents.0"],
  [{ services: [] }, "services: must be an object or a function", "services"],
  [{ secrets: { keyPath: "" } }, "secrets.keyPath: ", "secrets.keyPath"],
  [undefined, "the configuration: ", ""],
])("%j is refused by its key", (config, words, key) => {
  expect(() => defineConfig(config as OptioConfig)).toThrow(
    expect.objectContaining({ code: "config-refused", message: expect.stringContaining(words), data: { key } }),
  );
});

test("a key whose part has not landed is not available", () => {
  expect(() => defineConfig({ hosts: [] } as OptioConfig)).toThrow(
    expect.objectContaining({ code: "not-available", data: { key: "hosts" } }),
  );
});
