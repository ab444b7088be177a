import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLogger, silentLogger } from "./logger.ts";

test("lines go to the end of a private file as JSON, with what is named like a secret redacted", async () => {
  const directory = await mkdtemp(join(tmpdir(), "optio-logger-"));
  try {
    const file = join(directory, "server.log");
    createLogger({ file }).info({ process: "p" }, "first");
    const logger = createLogger({ file, level: "warn" });
    logger.info({}, "too quiet");
    logger.child({ run: 2 }).warn({ apiKey: "k-123", login: { token: "t-456" }, authorization: "a-789" }, "second");
    const text = await readFile(file, "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { process: "p", msg: "first" },
      { run: 2, msg: "second" },
    ]);
    expect(text).not.toMatch(/k-123|t-456|a-789/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("the silent logger takes everything and gives itself as child", () => {
  silentLogger.error({}, "nobody hears this");
  expect(silentLogger.child({ a: 1 })).toBe(silentLogger);
});
