import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CodexSessionInput, CommandItem } from "@optio/contract";
import { expect, test } from "vitest";
import { commandsIn } from "../support/read-log.ts";
import { scripted, World } from "../support/world.ts";

test("by default a command writes in its workspace, and nowhere else", async () => {
  await using world = await World.create();
  await world.start();
  const outside = join(world.root, "outside.txt");
  const { items, workspace } = await runCommands(world, {}, ["echo in > inside.txt", `echo out > ${outside}`]);
  expect(items).toMatchObject([
    { status: "completed", exitCode: 0 },
    { status: "failed", aggregatedOutput: expect.stringMatching(/read-only file system/i) },
  ]);
  expect(readFileSync(join(workspace, "inside.txt"), "utf8")).toBe("in\n");
  expect(existsSync(outside)).toBe(false);
});

test("a granted directory is written with mode rw and not with mode ro", async () => {
  await using world = await World.create();
  await world.start();
  const [writable, readable] = [join(world.root, "writable"), join(world.root, "readable")];
  for (const directory of [writable, readable]) mkdirSync(directory);
  const extraDirs: CodexSessionInput["extraDirs"] = [
    { path: writable, mode: "rw" },
    { path: readable, mode: "ro" },
  ];
  const commands = [writable, readable].map((directory) => `echo there > ${directory}/file.txt`);
  const { items } = await runCommands(world, { extraDirs }, commands);
  expect(items.map(({ status }) => status)).toEqual(["completed", "failed"]);
  expect(readFileSync(join(writable, "file.txt"), "utf8")).toBe("there\n");
  expect(existsSync(join(readable, "file.txt"))).toBe(false);
});

test.each([
  { networkAccess: false, status: "failed" },
  { networkAccess: true, status: "completed" },
])("with networkAccess $networkAccess a connection is $status", async ({ networkAccess, status }) => {
  await using world = await World.create();
  await world.start();
  const connect = `exec 3<>/dev/tcp/127.0.0.1/${world.model.port} && echo connected`;
  const { items } = await runCommands(world, { networkAccess }, [connect]);
  expect(items).toMatchObject([{ status }]);
});

test("a read-only session does not write in its workspace either", async () => {
  await using world = await World.create();
  await world.start();
  const { items, workspace } = await runCommands(world, { sandbox: "read-only" }, ["echo in > inside.txt"]);
  expect(items).toMatchObject([{ status: "failed" }]);
  expect(existsSync(join(workspace, "inside.txt"))).toBe(false);
});

test("full access writes where the account may", async () => {
  await using world = await World.create();
  await world.start();
  const outside = join(world.root, "outside.txt");
  const config = { sandbox: "danger-full-access", containment: "none" } as const;
  const { items } = await runCommands(world, config, [`echo out > ${outside}`]);
  expect(items).toMatchObject([{ status: "completed" }]);
  expect(readFileSync(outside, "utf8")).toBe("out\n");
});

/** Runs the commands in one turn of a session of its own. */
async function runCommands(
  world: World,
  config: CodexSessionInput,
  commands: readonly string[],
): Promise<{ items: CommandItem[]; workspace: string }> {
  // codex makes no item of some commands that fail in the instant they start
  const steps = commands.map((command) => ({ run: `sleep 0.4; ${command}` }));
  const prompt = scripted(...steps, { say: "done" });
  const { id } = await world.createSession({ approvals: "never", prompt, ...config });
  await world.follow(id).untilTurns(1);
  return { items: commandsIn(await world.log(id)), workspace: join(world.taskDirectory(id), "workspace") };
}
