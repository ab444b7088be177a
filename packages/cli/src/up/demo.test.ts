import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScriptedModel } from "@optio/engine/scripted-model";
import { afterEach, beforeEach, expect, test } from "vitest";
import { reopenDemoModel } from "./demo.ts";

let home: string;
let notes: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "optio-cli-"));
  notes = [];
});
afterEach(() => rm(home, { recursive: true }));

const reopen = () =>
  reopenDemoModel({ home, signal: new AbortController().signal, note: (line) => void notes.push(line) });

test("the scripted model of an earlier demo comes back on its port", async () => {
  const earlier = await startScriptedModel();
  await earlier.close();
  await writeFile(join(home, "demo.json"), JSON.stringify({ port: earlier.port }));
  const model = await reopen();
  expect(model?.url).toBe(earlier.url);
  await model?.close();
});

test("a port that another program took meanwhile is told, and the server starts without the demo's model", async () => {
  const stranger = await startScriptedModel();
  await writeFile(join(home, "demo.json"), JSON.stringify({ port: stranger.port }));
  expect(await reopen()).toBeUndefined();
  expect(notes).toEqual([expect.stringContaining(`port ${stranger.port}`)]);
  await stranger.close();
});

test.each([undefined, "", "{}", '{"port":0}', '{"port":"80"}'])(
  "without a demo before (demo.json: %s) nothing is started",
  async (text) => {
    if (text !== undefined) await writeFile(join(home, "demo.json"), text);
    expect(await reopen()).toBeUndefined();
    expect(notes).toEqual([]);
  },
);
