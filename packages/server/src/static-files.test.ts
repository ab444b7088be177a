import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
    writeFileSync(join(dir, "dist", "assets", ".hidden"), "unseen");
    symlinkSync(join(dir, "secret.txt"), join(dir, "dist", "link.txt"));
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
    "/assets/.hidden",
    "/link.txt",
    "/..%5csecret.txt",
    "/%00",
  ])("gives nothing away at %s", async (url) => {
    const response = await served.server.inject({ url });
    expect(response.body).not.toMatch(/outside|unseen/);
    expect(response.statusCode).toBeLessThan(500);
  });

  test("tells a browser that has a file so", async () => {
    const { headers } = await served.server.inject({ url: "/" });
    const again = await served.server.inject({ url: "/", headers: { "if-none-match": String(headers.etag) } });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    const head = await served.server.inject({ method: "HEAD", url: "/" });
    expect([head.statusCode, head.body, head.headers["content-length"]]).toEqual([200, "", "23"]);
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

test("a build made while the server runs is seen, and so is the next one", async () => {
  const dir = mkdtempSync(join(tmpdir(), "optio-dashboard-"));
  try {
    await using served = await startTestServer({ dashboardDir: join(dir, "dist") });
    const bodyOf = async (url: string) => (await served.server.inject({ url })).body;
    expect(await bodyOf("/")).toContain("npm run build");
    for (const name of ["one", "another"]) {
      mkdirSync(join(dir, "dist", "assets"), { recursive: true });
      writeFileSync(join(dir, "dist", "assets", `${name}.js`), name);
      writeFileSync(join(dir, "dist", "index.html"), `the page of ${name}`);
      expect(await bodyOf("/")).toBe(`the page of ${name}`);
      expect(await bodyOf(`/assets/${name}.js`)).toBe(name);
    }
    rmSync(join(dir, "dist", "assets", "another.js"));
    expect((await served.server.inject({ url: "/assets/another.js" })).statusCode).toBe(404);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
