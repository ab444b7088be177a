import { chmodSync, readlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { World } from "./world.ts";

const identitySchema = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });
const manifestSchema = z.looseObject({
  life: z.number(),
  threadId: z.string().nullable(),
  program: z.object({ program: identitySchema, group: identitySchema }).nullable(),
});
type Manifest = z.infer<typeof manifestSchema>;

/** The native codex of the pinned package. */
export function codexBinary(): string {
  const triple = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-unknown-linux-musl`;
  const engine = createRequire(import.meta.resolve("@optio/engine"));
  const main = createRequire(engine.resolve("@openai/codex/package.json"));
  const tree = dirname(main.resolve(`@openai/codex-${process.platform}-${process.arch}/package.json`));
  return join(tree, "vendor", triple, "bin", "codex");
}

/** Writes an executable shell program; `"$@"` are the arguments that codex would get, `$CODEX` is the real one. */
export function writeProgram(path: string, body: string): string {
  writeFileSync(path, `#!/bin/sh\nCODEX='${codexBinary()}'\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Pid of the present codex of a session, from the stored manifest. */
export function codexPid(world: World, id: string): number {
  const { program } = readManifest(world, id);
  if (!program) throw new Error(`session ${id} has no program now`);
  return program.program.pid;
}

/** The stored manifest of a session's first run. */
export function readManifest(world: World, id: string): Manifest {
  using database = open(world);
  const row = database.prepare("select manifest from manifests where process_id = ? order by run desc").get(id);
  return manifestSchema.parse(JSON.parse(String(row?.manifest)));
}

/** Stores another manifest; only while no server runs. */
export function writeManifest(world: World, id: string, manifest: Manifest): void {
  using database = open(world);
  database.prepare("update manifests set manifest = ? where process_id = ?").run(JSON.stringify(manifest), id);
}

/** Path of the socket on which a session's present codex listens. */
export function socketOf(world: World, id: string): string {
  return readlinkSync(join(world.taskDirectory(id), "control", String(readManifest(world, id).life), "s"));
}

function open(world: World): DatabaseSync & Disposable {
  const database = new DatabaseSync(join(world.home, "optio.db"), { timeout: 5_000 });
  return Object.assign(database, { [Symbol.dispose]: () => database.close() });
}
