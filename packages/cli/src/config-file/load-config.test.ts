import { expect, test } from "vitest";
import { TestProject } from "./load-config.test-support.ts";

const FILE = "optio.config.ts";

test("a configuration in TypeScript is loaded as it is, with its own files and this program's packages", async () => {
  await using project = await TestProject.create({
    [FILE]: `
      import type { OptioConfig } from "@optio/engine";
      import { defineConfig } from "@optio/engine";
      import { codex } from "@optio/engine/codex";
      import { PORT } from "./settings/port.ts";
      const config: OptioConfig = { agents: [codex], server: { port: PORT } };
      export default defineConfig(config);`,
    "settings/port.ts": "export const PORT: number = 1234;",
  });
  const [loaded] = await project.load([FILE], "return [file.config.server, file.config.agents.map(({ id }) => id)]");
  expect(loaded?.result).toEqual([{ port: 1234 }, ["codex"]]);
});

test("a plain object will do, and is checked as well", async () => {
  await using project = await TestProject.create({
    "right.ts": "export default { server: { port: 1 } };",
    "wrong.ts": "export default { sever: {} };",
  });
  expect(await project.load(["right.ts", "wrong.ts"])).toEqual([
    { result: { server: { port: 1 } } },
    { error: { code: "config-refused", message: `${project.path}/wrong.ts: unknown key 'sever'` } },
  ]);
});

test("loading it again sees what changed, in the files that it imports too", async () => {
  await using project = await TestProject.create({
    [FILE]: `
      import { PORT } from "./port.ts";
      export default { server: { port: PORT } };`,
    "port.ts": "export const PORT = 1;",
  });
  const port = JSON.stringify(`${project.path}/port.ts`);
  const [loaded] = await project.load(
    [FILE],
    `
      await writeFile(${port}, "export const PORT = 2;");
      const again = await file.reload();
      return [file.config.server.port, again.server.port];`,
  );
  expect(loaded?.result).toEqual([1, 2]);
});

/** What is wrong with a file, its text, its refusal. */
const WRONG = [
  ["a syntax error, with its line", "export default {\n  server: ,\n};", "FILE:2: Expression expected"],
  ["one of a file that it imports", 'import "./bad.mts";\nexport default {};', "/bad.mts:1: Expression expected"],
  ["what Node cannot run as it is", "enum A { B }\nexport default {};", "FILE:1: TypeScript enum"],
  ["no default export", "export const config = {};", "FILE: has no default export"],
  ["an error that it throws", 'throw new Error("no inventory");\nexport default {};', "FILE: no inventory"],
  ["a package that is not there", 'import "nowhere-to-be-found";\nexport default {};', "FILE: Cannot find package"],
  ["a wrong value", 'export default { server: { port: "4747" } };', "FILE: server.port: "],
  [
    "a key that defineConfig refuses",
    'import { defineConfig } from "@optio/engine";\nexport default defineConfig({ store: {} });',
    "FILE: store: takes either sqlite",
  ],
] as const;

test("what is wrong with a file is refused by its name and in words", async () => {
  const names = WRONG.map((_, index) => `${index}.config.ts`);
  const texts = WRONG.map(([, text], index) => [`${index}.config.ts`, text] as const);
  await using project = await TestProject.create({ ...Object.fromEntries(texts), "bad.mts": "export const x = ;" });
  const loaded = await project.load(names);
  for (const [index, [what, , words]] of WRONG.entries()) {
    const message = words.replace("FILE", `${project.path}/${names[index]}`);
    expect(loaded[index]?.error, what).toEqual({
      code: "config-refused",
      message: expect.stringContaining(message),
    });
  }
});

test("a key whose part has not landed keeps its code", async () => {
  await using project = await TestProject.create({ [FILE]: "export default { hosts: {} };" });
  const [loaded] = await project.load([FILE]);
  expect(loaded?.error).toMatchObject({ code: "not-available", message: expect.stringContaining("'hosts'") });
});
