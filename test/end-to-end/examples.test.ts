import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { startScriptedModel } from "@optio/engine/scripted-model";
import { expect, test } from "vitest";

const EXAMPLES = join(dirname(dirname(import.meta.dirname)), "examples");

/** What each example says when the scripted model answers `answer to: …`. */
const OUTPUT: Readonly<Record<string, string>> = {
  "ask-codex.ts": "answer to: What is in this directory?\n",
  "nightly-report.ts": "answer to: Write the report.\ndone\n",
};

test("there is an expectation for every example, and none is longer than a page", async () => {
  const files = await readdir(EXAMPLES);
  expect(files.sort()).toEqual(Object.keys(OUTPUT));
  for (const file of files) {
    const lines = (await readFile(join(EXAMPLES, file), "utf8")).trimEnd().split("\n");
    expect(lines.length, file).toBeLessThanOrEqual(50);
  }
});

test.each(Object.entries(OUTPUT))("%s runs with the real codex and ends by itself", async (file, output) => {
  const model = await startScriptedModel();
  // not below /tmp, where codex refuses its helper programs
  const home = await mkdtemp("/var/tmp/optio-example-");
  try {
    const child = spawn(process.execPath, [join(EXAMPLES, file)], {
      cwd: EXAMPLES,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        OPTIO_HOME: join(home, "optio"),
        CODEX_CONFIG: JSON.stringify(model.codexConfig()),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: output });
  } finally {
    await model.close();
    await rm(home, { recursive: true, force: true });
  }
});
