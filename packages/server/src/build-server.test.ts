import { once } from "node:events";
import { connect } from "node:net";
import { problemSchema } from "@optio/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestServer } from "./server.test-support.ts";
import { startTestServer } from "./server.test-support.ts";

let served: TestServer;
let at: { url: string; host: string; port: number };

beforeAll(async () => {
  served = await startTestServer();
  at = await served.server.listen({ port: 0 });
});
afterAll(() => served[Symbol.asyncDispose]());

/** The whole answer to raw bytes. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(at.port, at.host);
  socket.setEncoding("utf8");
  let answer = "";
  socket.on("data", (text: string) => {
    answer += text;
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

function problemIn(answer: string): unknown {
  expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
  return problemSchema.parse(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))));
}

describe("a server", () => {
  test("answers the address it is bound to", async () => {
    expect(at).toEqual({ url: `http://127.0.0.1:${at.port}`, host: "127.0.0.1", port: at.port });
    const health = await fetch(`http://localhost:${at.port}/api/health`);
    expect(await health.json()).toEqual({ status: "ok", version: expect.any(String), store: "sqlite", uptimeMs: 0 });
  });

  test("says which port is taken", async () => {
    await using second = await startTestServer();
    await expect(second.server.listen({ port: at.port })).rejects.toMatchObject({
      code: "host-failed",
      message: expect.stringContaining(String(at.port)),
    });
  });

  test("answers its own port only", async () => {
    const request = (host: string) =>
      exchange(`GET /api/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await request(`127.0.0.1:${at.port}`)).toContain("200 OK");
    for (const host of ["127.0.0.1", `127.0.0.1:${at.port + 1}`, "rebound.example"])
      expect(problemIn(await request(host))).toMatchObject({ status: 421, code: "host-not-allowed" });
  });

  test("refuses a request without Host as it refuses a wrong one", async () => {
    for (const version of ["1.1", "1.0"])
      expect(problemIn(await exchange(`GET / HTTP/${version}\r\nConnection: close\r\n\r\n`))).toMatchObject({
        status: 421,
      });
  });

  test("answers what is no HTTP with a problem", async () => {
    expect(problemIn(await exchange("nonsense\r\n\r\n"))).toMatchObject({ status: 400, code: "bad-request" });
  });

  test("answers headers that are too large with a problem", async () => {
    const answer = await exchange(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(problemIn(answer)).toMatchObject({ status: 431, code: "too-large" });
  });

  test("treats dots in a raw path as an unknown route", async () => {
    const request = (path: string, headers = "") =>
      exchange(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${at.port}\r\nConnection: close\r\n${headers}\r\n`);
    const bearer = `Authorization: Bearer ${served.tokens.viewer}\r\n`;
    for (const path of ["/api/sessions/../tokens", "/api/../api/tokens", "/api/sessions/../../etc/passwd"]) {
      expect(problemIn(await request(path))).toMatchObject({ status: 401 });
      expect(problemIn(await request(path, bearer))).toMatchObject({ status: 404 });
    }
  });

  test("reads a target with scheme and host like one without", async () => {
    const request = (path: string) =>
      exchange(`GET http://evil.example${path} HTTP/1.1\r\nHost: 127.0.0.1:${at.port}\r\nConnection: close\r\n\r\n`);
    expect(await request("/api/health")).toContain("200 OK");
    for (const path of ["/api/tokens", "/api/nothing"])
      expect(problemIn(await request(path))).toMatchObject({ status: 401 });
  });

  test("refuses a body without its token before the body has come", async () => {
    const head = `POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1:${at.port}\r\nConnection: close\r\n`;
    const answer = await exchange(`${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{`);
    expect(problemIn(answer)).toMatchObject({ status: 401 });
  });
});
