import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

const START = `
import { startPostgres } from ${JSON.stringify(`${import.meta.dirname}/start-postgres.ts`)};
console.log((await startPostgres()).url);
`;

test("a PostgreSQL server ends, and its files with it, when its starter is killed", { timeout: 120_000 }, async () => {
  const starter = spawn(process.execPath, ["--input-type=module", "-e", START], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface(starter.stdout), "line");
  const directory = new URL(String(url)).searchParams.get("host") ?? "";
  expect(existsSync(`${directory}/data/postmaster.pid`)).toBe(true);
  starter.kill("SIGKILL");
  await expect.poll(() => existsSync(directory), { timeout: 60_000 }).toBe(false);
});
