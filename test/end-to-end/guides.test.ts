import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "programs", "guide-tasks.ts");

test("the guide to tasks shows a program that runs", async () => {
  const guide = await readFile(join(dirname(dirname(import.meta.dirname)), "docs/guides/tasks.md"), "utf8");
  expect(guide).toContain(`\`\`\`ts\n${await readFile(PROGRAM, "utf8")}\`\`\``);
  const home = await mkdtemp(join(tmpdir(), "optio-guide-"));
  try {
    const env = { PATH: process.env.PATH, HOME: home, OPTIO_HOME: join(home, "optio") };
    const child = spawn(process.execPath, [PROGRAM], { env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    const counts = '"counts":{"first":2,"second":1,"third":3}';
    expect({ code, lines: stdout.trimEnd().split("\n") }, stderr).toEqual({
      code: 0,
      lines: [`{"counted":3,${counts}}`, `{"counted":0,${counts}}`, "3 words"],
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
