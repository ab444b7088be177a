import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { CliContext } from "../context.ts";
import { CONFIG_FILE, findConfig } from "./find-config.ts";
import { TestProject } from "./load-config.test-support.ts";

function contextIn(cwd: string, env: CliContext["env"] = {}): CliContext {
  const stream = new PassThrough();
  return {
    env,
    cwd,
    stdin: stream,
    stdout: stream,
    stderr: stream,
    signal: new AbortController().signal,
    now: () => 0,
    fetch,
    exit: { code: 0 },
  };
}

test("the flag wins over the environment, which wins over the working directory's file", async () => {
  await using project = await TestProject.create({ [CONFIG_FILE]: "", "env.ts": "", "flag.ts": "" });
  const here = project.path;
  expect(await findConfig(contextIn(here), undefined)).toBe(join(here, CONFIG_FILE));
  expect(await findConfig(contextIn(here, { OPTIO_CONFIG: "env.ts" }), undefined)).toBe(join(here, "env.ts"));
  expect(await findConfig(contextIn(here, { OPTIO_CONFIG: "env.ts" }), "flag.ts")).toBe(join(here, "flag.ts"));
});

test("without a file there is no configuration, but one that is named must be there", async () => {
  await using project = await TestProject.create({});
  expect(await findConfig(contextIn(project.path), undefined)).toBeUndefined();
  expect(await findConfig(contextIn(project.path, { OPTIO_CONFIG: "" }), undefined)).toBeUndefined();
  await expect(findConfig(contextIn(project.path, { OPTIO_CONFIG: "x.ts" }), undefined)).rejects.toMatchObject({
    code: "config-refused",
    message: `${project.path}/x.ts: no such file; OPTIO_CONFIG names it`,
  });
  await expect(findConfig(contextIn(project.path), "y.ts")).rejects.toMatchObject({
    message: `${project.path}/y.ts: no such file; --config names it`,
  });
});
