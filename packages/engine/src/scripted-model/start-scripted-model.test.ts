import { once } from "node:events";
import { request } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ScriptedModel } from "./start-scripted-model.ts";
import { startScriptedModel } from "./start-scripted-model.ts";

let model: ScriptedModel;
beforeEach(async () => {
  model = await startScriptedModel({ keepRequests: 3 });
});
afterEach(() => model.close());

const body = (text: string) =>
  JSON.stringify({
    model: "any",
    input: [{ type: "message", role: "user", content: [{ type: "input_text", text }] }],
  });

const post = (path: string, sent: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${model.url}${path}`, { method: "POST", body: sent, headers });

it("reads bodies packed with every encoding that codex may use", async () => {
  const packed = { zstd: zstdCompressSync, gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  for (const [encoding, pack] of Object.entries(packed)) {
    const sent = new Uint8Array(pack(Buffer.from(body(encoding))));
    const response = await post("/responses", sent, { "content-encoding": encoding });
    expect(await response.text()).toContain(`"text":"answer to: ${encoding}"`);
  }
});

it("refuses what is no Responses request, naming what is wrong", async () => {
  type Refusal = { sent: string; headers: Record<string, string>; status: number; says: string };
  const refusals: Refusal[] = [
    { sent: "{", headers: {}, status: 400, says: "body is not JSON" },
    { sent: "{}", headers: {}, status: 400, says: "not a Responses request" },
    { sent: "{}", headers: { "content-encoding": "lzma" }, status: 415, says: "lzma" },
    { sent: "{}", headers: { "content-encoding": "gzip" }, status: 400, says: "cannot unpack gzip" },
  ];
  for (const { sent, headers, status, says } of refusals) {
    const response = await post("/responses", sent, headers);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(says);
  }
  expect((await fetch(`${model.url}/nowhere`)).status).toBe(404);
});

it("answers the model list and a compaction", async () => {
  expect(await (await fetch(`${model.url}/models?client_version=1`)).json()).toMatchObject({
    models: [{ slug: "scripted-1" }, { slug: "scripted-code-1", tool_mode: "code_mode_only" }],
  });
  expect(await (await post("/responses/compact", body("x"))).json()).toMatchObject({
    output: [{ type: "message", role: "user" }],
  });
});

it("refuses a WebSocket upgrade with a status instead of hanging", async () => {
  const upgrade = request(`${model.url}/responses`, {
    headers: { connection: "Upgrade", upgrade: "websocket" },
  });
  upgrade.end();
  const [response] = await once(upgrade, "response");
  expect(response.statusCode).toBe(404);
  response.resume();
});

it("keeps the latest requests, with their headers but without credentials", async () => {
  for (const text of ["1", "2", "3", "4"])
    await (
      await post("/responses", body(text), {
        authorization: "Bearer secret",
        "thread-id": `thread ${text}`,
      })
    ).text();
  expect(model.requests.map((recorded) => recorded.threadId)).toEqual(["thread 2", "thread 3", "thread 4"]);
  expect(model.requests[0]?.headers).toMatchObject({ "thread-id": "thread 2" });
  expect(JSON.stringify(model.requests)).not.toContain("secret");
});

it("says why a script in a message cannot be read", async () => {
  const notJson = await (await post("/responses", body("!script [oops"))).text();
  expect(notJson).toContain("script not understood");
  const notStep = await (await post("/responses", body('!script [{"sing": "la"}]'))).text();
  expect(notStep).toContain("script not understood");
});

it("waits at a gate until it opens, and reports a gate that nobody comes to", async () => {
  const reply = post("/responses", body('!script [{"gate": "g"}, {"say": "through"}]'));
  const gate = model.gate("g");
  await gate.waitUntilReached({ timeoutMs: 5_000 });
  expect(gate.isOpen).toBe(false);
  gate.open();
  expect(await (await reply).text()).toContain("through");
  await expect(model.gate("lonely").waitUntilReached({ timeoutMs: 5 })).rejects.toThrow(
    'no reply came to gate "lonely" in 5 ms',
  );
  const stopped = AbortSignal.abort(new Error("enough"));
  await expect(model.gate("lonely").waitUntilReached({ signal: stopped })).rejects.toThrow("enough");
});

it("closes while a reply is held at a gate, and a second time", async () => {
  const reply = post("/responses", body('!script [{"gate": "g"}]')).then((response) => response.text());
  const refused = expect(reply).rejects.toThrow();
  await model.gate("g").waitUntilReached({ timeoutMs: 5_000 });
  await model.close();
  await refused;
  await model.close();
});

it("answers with the given default reply", async () => {
  const polite = await startScriptedModel({ defaultReply: "you said {text}, I think" });
  try {
    const response = await fetch(`${polite.url}/responses`, { method: "POST", body: body("$& hi") });
    expect(await response.text()).toContain('"text":"you said $& hi, I think"');
  } finally {
    await polite.close();
  }
});
