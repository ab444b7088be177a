import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestServer } from "./server.test-support.ts";
import { startTestServer } from "./server.test-support.ts";

const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

describe("a built dashboard", () => {
  let dir: string;
  let served: TestServer;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "optio-dashboard-"));
    mkdirSync(join(dir, "dist", "assets"), { recursive: true });
    writeFileSync(join(dir, "secret.txt"), "outside");
    writeFileSync(join(dir, "dist", "index.html"), "<title>the page</title>");
    writeFileSync(join(dir, "dist", "favicon.svg"), "<svg/>");
    writeFileSync(join(dir, "dist", "assets", "main-1a2b.js"), "let a;");
    writeFileSync(join(dir, "dist", ".hidden"), "hidden");
    served = await startTestServer({ dashboardDir: join(dir, "dist") });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  test.each(["/", "/login", "/login?code=x", "/s/abc", "/sessions/my.session", "/sessions/new", "/docs/errors"])(
    "answers %s with its page, open to everybody",
    async (url) => {
      const response = await served.server.inject({ url });
      expect([response.statusCode, response.body]).toEqual([200, "<title>the page</title>"]);
      expect(response.headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
    },
  );

  test("answers its assets for good and its other files for now", async () => {
    const asset = await served.server.inject({ url: "/assets/main-1a2b.js" });
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(asset.headers["content-type"]).toContain("javascript");
    expect(asset.headers["content-security-policy"]).toBe(POLICY);
    const icon = await served.server.inject({ url: "/favicon.svg" });
    expect([icon.body, icon.headers["cache-control"]]).toEqual(["<svg/>", "no-cache"]);
  });

  test.each(["/assets/gone.js", "/favicon.ico", "/assets/"])("has nothing at %s", async (url) => {
    const response = await served.server.inject({ url });
    expect([response.statusCode, response.json().code]).toEqual([404, "not-found"]);
  });

  test.each([
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/.hidden",
    "/..%5csecret.txt",
    "/%00",
  ])("gives nothing away at %s", async (url) => {
    const response = await served.server.inject({ url });
    expect(response.body).not.toMatch(/outside|hidden/);
    expect(response.statusCode).toBeLessThan(500);
  });

  test("takes no writes", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"] as const) {
      const response = await served.server.inject({ method, url: "/login" });
      expect([response.statusCode, response.json().code]).toEqual([404, "not-found"]);
    }
  });
});

test("without a build every page says how to make one", async () => {
  await using served = await startTestServer({ dashboardDir: "/nowhere" });
  for (const url of ["/", "/login", "/sessions/x"]) {
    const response = await served.server.inject({ url });
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain("npm run build");
    expect(response.headers["content-security-policy"]).toBe(POLICY);
  }
});
